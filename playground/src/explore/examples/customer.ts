/** What a customer sees: itself, and who looks after it. */
import { document, type Example } from './example.ts';

export const customerExamples: Example[] = [
  {
    id: 'my-budget',
    roles: ['customer'],
    title: 'My budget',
    shows: 'What the partner set, what is used, and what is left. The estimate grows with every charge.',
    document: document`
      query MyBudget {
        viewer {
          currency
          account {
            accountName
            ... on Customer {
              budget {
                type
                amount
                used
                remaining
                usagePercent
                exhausted
                windowStart
                windowEnd
              }
              monthToDateExpenditure
            }
          }
        }
      }
    `,
  },
  {
    id: 'my-rights',
    roles: ['customer'],
    title: 'What I may buy, and why not',
    shows: 'Without a budget there are no yearly or monthly purchases; frozen, there are none at all. The reasons are spelled out.',
    document: document`
      query MyRights($id: ID!) {
        customer(id: $id) {
          accountName
          freeze {
            level
            cause
            since
          }
          purchasing {
            yearlyMonthly
            reservedInstance
            payPerUse
            reasons
          }
          partner {
            accountName
          }
        }
      }
    `,
    variables: ({ id }) => ({ id: id('customer-1a1') }),
  },
  {
    id: 'my-events',
    roles: ['customer'],
    title: 'What has happened to me so far',
    shows: 'Changes of the budget and of the freeze. The partner’s warnings are not among them: they are for the partner.',
    document: document`
      query MyEvents($first: Int, $after: String) {
        events(first: $first, after: $after) {
          edges {
            cursor
            node {
              type
              occurredAt
              ... on BudgetChanged {
                budgetType
                amount
              }
              ... on FreezeChanged {
                level
                cause
                reason
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
    variables: () => ({ first: 20, after: null }),
  },
  {
    id: 'my-events-live',
    roles: ['customer'],
    title: 'What happens to me, as it happens',
    shows: 'Start it, then sign in elsewhere as reseller-1a and set the budget of customer-1a1, or freeze it.',
    document: document`
      subscription MyEventsLive($after: String) {
        events(after: $after) {
          cursor
          type
          occurredAt
          ... on BudgetChanged {
            budgetType
            amount
          }
          ... on FreezeChanged {
            level
            cause
            reason
          }
        }
      }
    `,
    variables: () => ({ after: null }),
  },
  {
    id: 'somebody-elses-data',
    roles: ['customer'],
    title: 'Somebody else’s data',
    shows: 'A sibling’s id is answered exactly like one that does not exist: with nothing at all.',
    document: document`
      query SomebodyElse($id: ID!) {
        node(id: $id) {
          id
        }
        customer(id: $id) {
          accountName
        }
      }
    `,
    variables: ({ id }) => ({ id: id('customer-1a2') }),
  },
];
