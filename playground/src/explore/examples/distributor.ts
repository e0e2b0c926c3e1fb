/**
 * What a distributor does: it watches its resellers and their customers, and says what each reseller may do itself.
 *
 * Permissions are changed in the tree of distributor-2, budgets in that of distributor-1: a grant changes who is in
 * charge of a customer, and the examples should run in any order.
 */
import { document, type Example } from './example.ts';
import { FREEZE_ACCOUNT, SET_BUDGET } from './partner.ts';

export const distributorExamples: Example[] = [
  {
    id: 'resellers-and-quotas',
    roles: ['distributor'],
    title: 'My resellers and their quotas',
    shows: 'What each reseller may hand out, what it has handed out, and what is left, per budget type.',
    document: document`
      query ResellersAndQuotas($first: Int, $filter: ResellerFilter) {
        resellers(first: $first, filter: $filter, orderBy: { field: NAME, direction: ASC }) {
          totalCount
          nodes {
            id
            accountName
            associatedAt
            permissions {
              budgetAndFreeze
              onBehalf
              commitmentLetterAcceptedAt
              quotas {
                type
                quota
                allotted
                available
              }
            }
            customers {
              totalCount
            }
          }
        }
      }
    `,
    variables: () => ({ first: 20, filter: null }),
  },
  {
    id: 'customers-of-resellers',
    roles: ['distributor'],
    title: 'My resellers’ customers, and who is in charge',
    shows: 'Exactly one partner may set a customer’s budget: the reseller if it is authorized, otherwise the distributor. Try `resellerAuthorized: false`.',
    document: document`
      query CustomersOfResellers($first: Int, $filter: CustomerFilter) {
        customers(first: $first, filter: $filter, orderBy: { field: USAGE_PERCENT, direction: DESC }) {
          totalCount
          nodes {
            id
            accountName
            reseller {
              accountName
            }
            managerInCharge {
              accountName
            }
            budget {
              type
              amount
              usagePercent
            }
            openAlertCount
          }
        }
      }
    `,
    variables: () => ({ first: 20, filter: { resellerAuthorized: true } }),
  },
  {
    id: 'one-reseller',
    roles: ['distributor'],
    title: 'One reseller, with its history',
    shows: 'Every grant, adjustment and revocation leaves a record that nobody can change.',
    document: document`
      query OneReseller($id: ID!) {
        reseller(id: $id) {
          accountName
          status
          associatedAt
          permissions {
            budgetAndFreeze
            quotas {
              type
              quota
              allotted
            }
          }
          adjustmentRecords(first: 10) {
            totalCount
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
    variables: ({ id }) => ({ id: id('reseller-1a') }),
  },
  {
    id: 'reveal-contact',
    roles: ['distributor'],
    title: 'Personal data, masked and revealed',
    shows: 'Names, addresses and numbers are masked until somebody asks to see them; asking leaves an access record.',
    document: document`
      query RevealContact($id: ID!) {
        reseller(id: $id) {
          accountName
          maskedName: name
          maskedEmail: email
          maskedMobileNumber: mobileNumber
          name(reveal: true)
          email(reveal: true)
          mobileNumber(reveal: true)
        }
      }
    `,
    variables: ({ id }) => ({ id: id('reseller-1a') }),
  },
  {
    id: 'distributor-sets-budget',
    roles: ['distributor'],
    title: 'A budget for the customer of an unauthorized reseller',
    shows: 'reseller-1c holds no permissions, so its distributor is in charge. For a customer of reseller-1a the same operation is refused.',
    document: SET_BUDGET,
    variables: ({ id, code }) => ({
      input: {
        customerId: id('customer-1c1'),
        type: 'MONTHLY',
        amount: '800.00',
        exhaustionPolicy: 'MANUAL',
        verificationCode: code || null,
      },
    }),
    code: 'SET_BUDGET',
  },
  {
    id: 'distributor-freezes',
    roles: ['distributor'],
    title: 'Freeze the customer of an unauthorized reseller',
    shows: 'Running resources go on running; nothing new can be bought.',
    document: FREEZE_ACCOUNT,
    variables: ({ id, code }) => ({
      input: {
        customerIds: [id('customer-1c2')],
        reason: 'Payment is overdue.',
        verificationCode: code || null,
      },
    }),
    code: 'FREEZE',
  },
  {
    id: 'grant-permissions',
    roles: ['distributor'],
    as: 'distributor-2',
    title: 'Let a reseller set budgets',
    shows: 'The reseller gets a quota per budget type and is from then on in charge of its customers. Always with a code.',
    document: document`
      mutation GrantPermissions($input: GrantBudgetPermissionsInput!) {
        grantBudgetPermissions(input: $input) {
          reseller {
            accountName
            permissions {
              budgetAndFreeze
              quotas {
                type
                quota
                allotted
                available
              }
            }
          }
          adjustmentRecord {
            kind
            before
            after
            at
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
    variables: ({ id, code }) => ({
      input: {
        resellerId: id('reseller-2c'),
        monthlyQuota: '50000.00',
        oneTimeQuota: '20000.00',
        verificationCode: code,
      },
    }),
    code: 'BUDGET_PERMISSIONS',
  },
  {
    id: 'adjust-quotas',
    roles: ['distributor'],
    as: 'distributor-2',
    title: 'Change a reseller’s quotas',
    shows: 'A quota cannot go below what is already allotted to customers. Try `1.00` to see the refusal.',
    document: document`
      mutation AdjustQuotas($input: AdjustBudgetQuotasInput!) {
        adjustBudgetQuotas(input: $input) {
          reseller {
            accountName
            permissions {
              quotas {
                type
                quota
                allotted
                available
              }
            }
          }
          adjustmentRecord {
            kind
            before
            after
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
    variables: ({ id, code }) => ({
      input: {
        resellerId: id('reseller-2a'),
        monthlyQuota: '75000.00',
        oneTimeQuota: '30000.00',
        verificationCode: code,
      },
    }),
    code: 'BUDGET_PERMISSIONS',
  },
  {
    id: 'revoke-permissions',
    roles: ['distributor'],
    as: 'distributor-2',
    title: 'Take the permissions back',
    shows: 'Budgets and freezes stay as they are; the distributor is in charge from now on.',
    document: document`
      mutation RevokePermissions($input: RevokeBudgetPermissionsInput!) {
        revokeBudgetPermissions(input: $input) {
          reseller {
            accountName
            permissions {
              budgetAndFreeze
              quotas {
                type
                quota
              }
            }
          }
          adjustmentRecord {
            kind
            before
            after
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
    variables: ({ id, code }) => ({
      input: { resellerId: id('reseller-2b'), verificationCode: code },
    }),
    code: 'BUDGET_PERMISSIONS',
  },
  {
    id: 'on-behalf',
    roles: ['distributor'],
    as: 'distributor-2',
    title: 'Let a reseller order on behalf of its customers',
    shows: 'The first time, the commitment letter has to be accepted.',
    document: document`
      mutation OnBehalf($input: SetOnBehalfPermissionInput!) {
        setOnBehalfPermission(input: $input) {
          reseller {
            accountName
            permissions {
              onBehalf
              commitmentLetterAcceptedAt
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
    variables: ({ id, code }) => ({
      input: {
        resellerId: id('reseller-2a'),
        enabled: true,
        commitmentLetterAccepted: true,
        verificationCode: code,
      },
    }),
    code: 'ON_BEHALF_PERMISSION',
  },
];
