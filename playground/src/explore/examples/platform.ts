/** What the operator of the platform and its metering do. */
import { document, type Example } from './example.ts';

export const platformExamples: Example[] = [
  {
    id: 'whole-tree',
    roles: ['operator'],
    title: 'The whole tree',
    shows: 'Only the platform sees every reseller with its distributor. Lists are pages: ask for the next one with `after`.',
    document: document`
      query WholeTree($first: Int, $after: String) {
        resellers(first: $first, after: $after, orderBy: { field: NAME, direction: ASC }) {
          totalCount
          nodes {
            accountName
            status
            distributor {
              accountName
            }
            permissions {
              budgetAndFreeze
              onBehalf
            }
            customers(first: 3) {
              totalCount
              nodes {
                accountName
              }
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    `,
    variables: () => ({ first: 10, after: null }),
  },
  {
    id: 'biggest-users',
    roles: ['operator'],
    title: 'Who spends most of what they may',
    shows: 'Customers of all partners, the fullest budgets first.',
    document: document`
      query BiggestUsers($first: Int, $filter: CustomerFilter) {
        customers(first: $first, filter: $filter, orderBy: { field: USAGE_PERCENT, direction: DESC }) {
          totalCount
          nodes {
            accountName
            partner {
              accountName
            }
            budget {
              type
              amount
              used
              usagePercent
            }
            monthToDateExpenditure
            openAlertCount
          }
        }
      }
    `,
    variables: () => ({ first: 10, filter: { usagePercent: { min: '0' } } }),
  },
  {
    id: 'any-object',
    roles: ['operator'],
    title: 'Objects of any kind by their ids',
    shows: 'Every object has an id that `node` and `nodes` accept. One that is not in your scope is simply null.',
    document: document`
      query AnyObject($ids: [ID!]!) {
        nodes(ids: $ids) {
          __typename
          id
          ... on Account {
            accountName
            kind
            countryRegion
            createdAt
          }
          ... on Reseller {
            associatedAt
          }
          ... on Customer {
            tags
          }
        }
      }
    `,
    variables: ({ id }) => ({ ids: [id('distributor-1'), id('reseller-1a'), id('csp-1'), id('customer-csp1-1')] }),
  },
  {
    id: 'record-charges',
    roles: ['meter'],
    title: 'Record charges',
    shows:
      'Usage, warnings and an automatic freeze follow in the same transaction. Watch them arrive at the distributor and at the reseller.',
    document: document`
      mutation RecordCharges($input: RecordChargesInput!) {
        recordCharges(input: $input) {
          recorded
          duplicates
          rejected {
            chargeId
            error {
              code
              message
            }
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
    variables: ({ id, now, chargeId }) => ({
      input: {
        charges: [
          {
            chargeId: chargeId(),
            customerId: id('customer-1a1'),
            productType: 'compute',
            billingMode: 'PAY_PER_USE',
            listPrice: '12.50',
            occurredAt: now.toISOString(),
          },
          {
            chargeId: chargeId(),
            customerId: id('customer-1a2'),
            productType: 'storage',
            billingMode: 'PAY_PER_USE',
            listPrice: '3.0725',
            occurredAt: now.toISOString(),
          },
        ],
      },
    }),
  },
  {
    id: 'record-charges-twice',
    roles: ['meter'],
    title: 'The same charge twice',
    shows: 'A meter that is not sure whether it was heard says it again. The charge is recorded once, whatever happens: run it as often as you like.',
    document: document`
      mutation RecordTwice($first: RecordChargesInput!, $again: RecordChargesInput!) {
        first: recordCharges(input: $first) {
          recorded
          duplicates
          userErrors {
            code
            message
          }
        }
        again: recordCharges(input: $again) {
          recorded
          duplicates
          userErrors {
            code
            message
          }
        }
      }
    `,
    variables: ({ id, now, chargeId }) => {
      const charge = {
        chargeId: chargeId(),
        customerId: id('customer-1b1'),
        productType: 'database',
        billingMode: 'PAY_PER_USE',
        listPrice: '1.00',
        occurredAt: now.toISOString(),
      };
      return { first: { charges: [charge] }, again: { charges: [charge] } };
    },
  },
  {
    id: 'record-settled-monthly',
    roles: ['meter'],
    title: 'A product that is settled monthly',
    shows: 'Bandwidth by the 95th percentile is known only when the month is over. Such a charge is spent money, but it does not count towards this month’s budget.',
    document: document`
      mutation RecordSettledMonthly($input: RecordChargesInput!) {
        recordCharges(input: $input) {
          recorded
          duplicates
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
    variables: ({ id, now, chargeId }) => ({
      input: {
        charges: [
          {
            chargeId: chargeId(),
            customerId: id('customer-1a1'),
            productType: 'cdn-95th-percentile',
            billingMode: 'PAY_PER_USE',
            listPrice: '40.00',
            occurredAt: now.toISOString(),
            settledMonthly: true,
          },
        ],
      },
    }),
  },
];
