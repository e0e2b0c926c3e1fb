/** What a cloud solution provider does: its customers are its own, and no quota stands above its budgets. */
import type { Example } from './example.ts';
import { CUSTOMERS, FREEZE_ACCOUNT, SET_BUDGET, SET_BUDGETS, UNFREEZE_ACCOUNT } from './partner.ts';

export const cspExamples: Example[] = [
  {
    id: 'csp-customers',
    roles: ['csp'],
    title: 'My customers',
    shows: 'Search, filters and order can be combined; the filter below keeps those that have a budget.',
    document: CUSTOMERS,
    variables: () => ({
      first: 20,
      after: null,
      filter: { usagePercent: { min: '0' } },
      orderBy: { field: 'USAGE_PERCENT', direction: 'DESC' },
    }),
  },
  {
    id: 'csp-sets-budget',
    roles: ['csp'],
    title: 'A budget that freezes by itself',
    shows: 'AUTOMATIC freezes the account when the budget is used up. Because that can stop a business, it always takes a code.',
    document: SET_BUDGET,
    variables: ({ id, code }) => ({
      input: {
        customerId: id('customer-csp1-1'),
        type: 'MONTHLY',
        amount: '2500.00',
        exhaustionPolicy: 'AUTOMATIC',
        verificationCode: code || null,
      },
    }),
    code: 'SET_BUDGET',
    codeAlways: true,
  },
  {
    id: 'csp-sets-budgets',
    roles: ['csp'],
    title: 'The same budget for several customers',
    shows: 'All or nothing: if one of them cannot be set, none is. Earlier budgets are overwritten.',
    document: SET_BUDGETS,
    variables: ({ id, code }) => ({
      input: {
        customerIds: [id('customer-csp1-2'), id('customer-csp1-3')],
        type: 'ONE_TIME',
        amount: '5000.00',
        exhaustionPolicy: 'MANUAL',
        verificationCode: code || null,
      },
    }),
    code: 'SET_BUDGET',
  },
  {
    id: 'csp-freezes',
    roles: ['csp'],
    title: 'Freeze an account',
    shows: 'No purchases from now on; what runs goes on running and costing.',
    document: FREEZE_ACCOUNT,
    variables: ({ id, code }) => ({
      input: { customerIds: [id('customer-csp1-4')], reason: 'Contract under review.', verificationCode: code || null },
    }),
    code: 'FREEZE',
  },
  {
    id: 'csp-unfreezes',
    roles: ['csp'],
    title: 'Lift the freeze',
    shows: 'Undoes the example before: a freeze that was set by hand stays until it is lifted by hand.',
    document: UNFREEZE_ACCOUNT,
    variables: ({ id, code }) => ({
      input: { customerIds: [id('customer-csp1-4')], reason: 'Review passed.', verificationCode: code || null },
    }),
    code: 'UNFREEZE',
  },
];
