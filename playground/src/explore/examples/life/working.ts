/** The customer works: orders, on its behalf too, usage, warnings, a freeze and its end. */
import { document, type Example } from '../example.ts';
import { PLACE_ORDER, TRACES } from '../orders.ts';
import { SET_BUDGET } from '../partner.ts';
import { authorizationRequest, REQUEST_AUTHORIZATION, REVIEW } from '../reviews.ts';
import { asCustomer, asReseller, customerId, resellerId } from './cast.ts';

const CHARGE = document`
  mutation RecordUsage($input: RecordChargesInput!) {
    recordCharges(input: $input) {
      recorded
      rejected {
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
`;

export const working: Example[] = [
  {
    id: 'life-order',
    ...asCustomer,
    title: 'The customer orders a server',
    shows: 'A month ahead, paid at once. What is prepaid counts towards the budget at list price when it is paid, and is refused where it does not fit (R-CUS-30).',
    document: PLACE_ORDER,
    variables: () => ({
      input: {
        productId: 'ecs.s6.small.1',
        region: 'ap-southeast-1',
        billingMode: 'YEARLY_MONTHLY',
        period: { unit: 'MONTH', count: 1 },
        name: 'shop',
        payNow: true,
      },
    }),
  },
  {
    id: 'life-on-behalf',
    roles: ['distributor'],
    as: 'distributor-1',
    title: 'The distributor lets the reseller act on behalf',
    shows: 'The first of two consents. The commitment letter has to be accepted, always with a code.',
    document: document`
      mutation LetActOnBehalf($input: SetOnBehalfPermissionInput!) {
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
    looksUp: resellerId,
    variables: ({ found, code }) => ({
      input: {
        resellerId: found(resellerId.name),
        enabled: true,
        commitmentLetterAccepted: true,
        verificationCode: code,
      },
    }),
    code: 'ON_BEHALF_PERMISSION',
  },
  {
    id: 'life-ask-authorization',
    ...asReseller,
    title: 'The reseller asks for authorization',
    shows: 'An application to the customer, in the version of the letter that it is shown.',
    document: REQUEST_AUTHORIZATION,
    looksUp: customerId,
    variables: ({ found }) => ({ input: { customerId: found(customerId.name) } }),
  },
  {
    id: 'life-accept-authorization',
    ...asCustomer,
    title: 'The customer accepts',
    shows: 'The second consent, with a code (R-CUS-26). It can be taken back at any time, with `revokeAuthorization`.',
    document: REVIEW,
    looksUp: authorizationRequest,
    variables: ({ found, code }) => ({
      input: {
        applicationId: found(authorizationRequest.name),
        stage: 'ACCEPTANCE',
        decision: 'APPROVED',
        comment: 'Please look after our servers.',
        verificationCode: code,
      },
    }),
    code: 'ACCEPT_AUTHORIZATION',
  },
  {
    id: 'life-switch-role',
    ...asReseller,
    title: 'The reseller takes the customer’s role',
    shows: 'The switch belongs to this session. Both consents are looked at now, and with every operation that follows (R-CUS-25).',
    document: document`
      mutation SwitchRole($input: SwitchRoleInput!) {
        switchRole(input: $input) {
          actingFor {
            accountName
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
    looksUp: customerId,
    variables: ({ found }) => ({ input: { customerId: found(customerId.name) } }),
  },
  {
    id: 'life-order-on-behalf',
    ...asReseller,
    title: 'It orders a disk for the customer',
    shows: 'The order is the customer’s; `placedBy` names who placed it. On behalf, servers, disks and addresses can be ordered. Stay signed in after the step before.',
    document: PLACE_ORDER,
    variables: () => ({
      input: {
        productId: 'evs.sas.100',
        region: 'ap-southeast-1',
        billingMode: 'PAY_PER_USE',
        name: 'shop-data',
      },
    }),
  },
  {
    id: 'life-switch-back',
    ...asReseller,
    title: 'It goes back to its own role',
    shows: 'Signing out would do, too.',
    document: document`
      mutation SwitchBack {
        switchBack {
          actingFor {
            accountName
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
  },
  {
    id: 'life-traces',
    ...asCustomer,
    title: 'The customer sees what was done',
    shows: 'In its operation log, with who did it on its behalf (R-CUS-28).',
    document: TRACES,
    variables: () => ({ first: 20, filter: { onBehalf: true } }),
  },
  {
    id: 'life-usage',
    roles: ['meter'],
    title: 'Usage comes in',
    shows: 'The platform’s meter records what the resources cost. With the server, 80 % of the budget is used: past the first threshold of 75. The customer’s id is what the steps before have looked up.',
    document: CHARGE,
    variables: ({ now, chargeId, found }) => usage(found(customerId.name), chargeId(), now, '71.10'),
  },
  {
    id: 'life-alert',
    ...asReseller,
    title: 'The reseller is warned',
    shows: 'In this list, live in `budgetAlerts`, and by e-mail (R-CORE-21): the outbox has it.',
    document: document`
      query Warnings($first: Int, $filter: BudgetAlertFilter) {
        budgetAlerts(first: $first, filter: $filter) {
          nodes {
            threshold
            used
            amount
            status
            raisedAt
            customer {
              accountName
              openAlertCount
            }
          }
        }
      }
    `,
    variables: () => ({ first: 10, filter: { status: 'OPEN' } }),
  },
  {
    id: 'life-more-usage',
    roles: ['meter'],
    title: 'More usage: the budget is used up',
    shows: 'The warnings at 90 and 100 %, and the freeze that AUTOMATIC asked for, come in the transaction of the charge.',
    document: CHARGE,
    variables: ({ now, chargeId, found }) => usage(found(customerId.name), chargeId(), now, '25.00'),
  },
  {
    id: 'life-frozen',
    ...asCustomer,
    title: 'The customer is frozen',
    shows: 'What runs goes on running; nothing new can be bought, and the reasons say why.',
    document: document`
      query Frozen {
        viewer {
          account {
            accountName
            ... on Customer {
              budget {
                amount
                used
                usagePercent
                exhausted
              }
              freeze {
                level
                cause
                since
              }
              purchasing {
                yearlyMonthly
                payPerUse
                reasons
              }
            }
          }
        }
      }
    `,
  },
  {
    id: 'life-raise',
    ...asReseller,
    title: 'The reseller raises the budget and unfreezes',
    shows: 'Warnings that the new amount undercuts are cleared, and the freeze is lifted in the same transaction.',
    document: SET_BUDGET,
    looksUp: customerId,
    variables: ({ found, code }) => ({
      input: {
        customerId: found(customerId.name),
        type: 'MONTHLY',
        amount: '500.00',
        exhaustionPolicy: 'AUTOMATIC',
        unfreezeNow: true,
        verificationCode: code,
      },
    }),
    code: 'SET_BUDGET',
    codeAlways: true,
  },
];

function usage(customer: string, chargeId: string, now: Date, listPrice: string): Record<string, unknown> {
  const charge = {
    chargeId,
    customerId: customer,
    productType: 'compute',
    billingMode: 'PAY_PER_USE',
    listPrice,
    occurredAt: now.toISOString(),
  };
  return { input: { charges: [charge] } };
}
