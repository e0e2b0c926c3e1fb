/** What a reseller does with the permissions its distributor granted. */
import { document, type Example } from './example.ts';
import {
  CUSTOMERS,
  FREEZE_ACCOUNT,
  FREEZE_RESOURCES,
  SET_BUDGET,
  SET_BUDGETS,
  UNFREEZE_ACCOUNT,
  UNFREEZE_RESOURCES,
} from './partner.ts';

export const resellerExamples: Example[] = [
  {
    id: 'my-quotas',
    roles: ['reseller'],
    title: 'What I may hand out',
    shows: 'Quota, what is set, and what is left. The sum of the budgets never exceeds the quota, however many set them at once.',
    document: document`
      query MyQuotas {
        viewer {
          account {
            accountName
            ... on Reseller {
              distributor {
                accountName
              }
              permissions {
                budgetAndFreeze
                onBehalf
                quotas {
                  type
                  quota
                  allotted
                  available
                }
              }
            }
          }
        }
      }
    `,
  },
  {
    id: 'reseller-customers',
    roles: ['reseller'],
    title: 'My customers, the fullest budgets first',
    shows: 'A reseller sees its own customers and nobody else’s: not by id, not in a list, not in a count.',
    document: CUSTOMERS,
    variables: () => ({
      first: 20,
      after: null,
      filter: null,
      orderBy: { field: 'USAGE_PERCENT', direction: 'DESC' },
    }),
  },
  {
    id: 'one-customer',
    roles: ['reseller'],
    title: 'One customer in full',
    shows: 'Budget, freeze, what may be bought and why not, open warnings, and the record of every change.',
    document: document`
      query OneCustomer($id: ID!) {
        customer(id: $id) {
          accountName
          name
          associatedAt
          tags
          managerInCharge {
            accountName
          }
          budget {
            type
            amount
            used
            remaining
            usagePercent
            exhausted
            exhaustionPolicy
            windowStart
            windowEnd
          }
          monthToDateExpenditure
          freeze {
            level
            cause
            reason
            since
          }
          purchasing {
            yearlyMonthly
            reservedInstance
            payPerUse
            reasons
          }
          openAlerts {
            threshold
            used
            raisedAt
          }
          adjustmentRecords(first: 5) {
            nodes {
              kind
              at
              before
              after
              reason
              byAccount {
                accountName
              }
            }
          }
        }
      }
    `,
    variables: ({ id }) => ({ id: id('customer-1a1') }),
  },
  {
    id: 'reseller-sets-budget',
    roles: ['reseller'],
    title: 'Set a monthly budget',
    shows: 'The amount comes out of the monthly quota. A monthly budget starts anew every month, GMT+08:00.',
    document: SET_BUDGET,
    variables: ({ id, code }) => ({
      input: {
        customerId: id('customer-1a2'),
        type: 'MONTHLY',
        amount: '400.00',
        exhaustionPolicy: 'MANUAL',
        verificationCode: code || null,
      },
    }),
    code: 'SET_BUDGET',
  },
  {
    id: 'reseller-switches-type',
    roles: ['reseller'],
    title: 'Switch a customer to a one-time budget',
    shows: 'Possible with quotas of both types. Usage then accumulates from the start of this month, and never restores.',
    document: SET_BUDGET,
    variables: ({ id, code }) => ({
      input: {
        customerId: id('customer-1a3'),
        type: 'ONE_TIME',
        amount: '600.00',
        exhaustionPolicy: 'MANUAL',
        verificationCode: code || null,
      },
    }),
    code: 'SET_BUDGET',
  },
  {
    id: 'reseller-raises-budget',
    roles: ['reseller'],
    title: 'Raise a budget and unfreeze in one step',
    shows: 'Warnings that the new amount undercuts are cleared, and an account freeze is lifted in the same transaction.',
    document: SET_BUDGET,
    variables: ({ id, code }) => ({
      input: {
        customerId: id('customer-1a1'),
        type: 'MONTHLY',
        amount: '2000.00',
        exhaustionPolicy: 'AUTOMATIC',
        unfreezeNow: true,
        verificationCode: code || null,
      },
    }),
    code: 'SET_BUDGET',
    codeAlways: true,
  },
  {
    id: 'reseller-sets-budgets',
    roles: ['reseller'],
    title: 'The same budget for several customers',
    shows: 'All or nothing, also against the quota: ask for too much and nothing is changed.',
    document: SET_BUDGETS,
    variables: ({ id, code }) => ({
      input: {
        customerIds: [id('customer-1a4'), id('customer-1a5')],
        type: 'MONTHLY',
        amount: '250.00',
        exhaustionPolicy: 'MANUAL',
        verificationCode: code || null,
      },
    }),
    code: 'SET_BUDGET',
  },
  {
    id: 'reseller-freezes',
    roles: ['reseller'],
    title: 'Freeze an account',
    shows: 'No purchases from now on. The reason is kept in the record.',
    document: FREEZE_ACCOUNT,
    variables: ({ id, code }) => ({
      input: { customerIds: [id('customer-1a4')], reason: 'Payment is overdue.', verificationCode: code || null },
    }),
    code: 'FREEZE',
  },
  {
    id: 'reseller-unfreezes',
    roles: ['reseller'],
    title: 'Lift the freeze',
    shows: 'Undoes the example before. If the budget is still used up and AUTOMATIC, a warning says that it will freeze again.',
    document: UNFREEZE_ACCOUNT,
    variables: ({ id, code }) => ({
      input: { customerIds: [id('customer-1a4')], reason: 'Payment received.', verificationCode: code || null },
    }),
    code: 'UNFREEZE',
  },
  {
    id: 'reseller-freezes-resources',
    roles: ['reseller'],
    title: 'Freeze an account and its resources',
    shows: 'Pay-per-use resources stop and are kept for 15 days, then released. The customer-budget agreement has to be accepted.',
    document: FREEZE_RESOURCES,
    variables: ({ id, code }) => ({
      input: {
        customerIds: [id('customer-1a5')],
        reason: 'No answer for thirty days.',
        agreementAccepted: true,
        verificationCode: code || null,
      },
    }),
    code: 'FREEZE',
  },
  {
    id: 'reseller-unfreezes-resources',
    roles: ['reseller'],
    title: 'Give the resources back',
    shows: 'Undoes the example before; before the deadline, nothing is lost.',
    document: UNFREEZE_RESOURCES,
    variables: ({ id, code }) => ({
      input: { customerIds: [id('customer-1a5')], reason: 'The customer is back.', verificationCode: code || null },
    }),
    code: 'UNFREEZE',
  },
];
