/**
 * The life of a customer: one story from the invitation of its reseller to its leaving, step after step.
 *
 * Unlike the other examples these build on each other. The accounts that the story makes have names and a password of
 * their own; ids and codes of earlier steps are looked up. A demonstration has room for one such life.
 */
import { INVITE_RESELLERS, INVITATIONS, PREREGISTER } from './development.ts';
import { document, type Example, type LookUp } from './example.ts';
import { PLACE_ORDER, TRACES } from './orders.ts';
import { SET_BUDGET } from './partner.ts';
import {
  authorizationRequest,
  DISASSOCIATION_CHECK,
  disassociationRequest,
  REQUEST_AUTHORIZATION,
  REQUEST_DISASSOCIATION,
  REVIEW,
  SET_FACTS,
} from './reviews.ts';

const RESELLER = 'life-reseller';
const CUSTOMER = 'life-customer';
/** As good as any: everybody knows it, as that of the demonstration. */
const PASSWORD = 'life-password-1';

const asReseller = { roles: ['reseller'], as: RESELLER, password: PASSWORD } as const;
const asCustomer = { roles: ['customer'], as: CUSTOMER, password: PASSWORD } as const;

const resellerId: LookUp = {
  name: `id of ${RESELLER}`,
  list: `{ resellers(first: 1, filter: { search: "${RESELLER}" }) { nodes { id } } }`,
};

const customerId: LookUp = {
  name: `id of ${CUSTOMER}`,
  list: `{ customers(first: 1, filter: { search: "${CUSTOMER}" }) { nodes { id } } }`,
};

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

export const lifeExamples: Example[] = [
  {
    id: 'life-invite-reseller',
    roles: ['distributor'],
    as: 'distributor-1',
    title: 'A distributor invites a reseller',
    shows: 'The reseller gets an e-mail with a code, good for 14 days and one use. It has no account yet (R-CORE-02).',
    document: INVITE_RESELLERS,
    variables: () => ({ input: { emails: [`office@${RESELLER}.example`] } }),
  },
  {
    id: 'life-join',
    roles: ['reseller'],
    anonymous: true,
    title: 'The reseller joins',
    shows: 'Whoever has the code opens an account of its own; nobody needs to be signed in. Only enterprises of the distributor’s region can join (R-CORE-03).',
    document: document`
      mutation JoinDistributor($input: JoinDistributorInput!) {
        joinDistributor(input: $input) {
          accountName
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
    looksUp: { name: 'code of the reseller’s invitation', inOutbox: /^(\S+) is your invitation to become a reseller/ },
    variables: ({ found }) => ({
      input: {
        code: found('code of the reseller’s invitation'),
        enterprise: true,
        companyName: 'Quince Ltd.',
        contactName: 'Quentin Quince',
        countryRegion: 'SG',
        accountName: RESELLER,
        password: PASSWORD,
      },
    }),
  },
  {
    id: 'life-preregister',
    ...asReseller,
    title: 'It preregisters a customer, and invites it',
    shows: 'For 15 days no other partner can claim the address (R-CUS-05). With `sendInvitationLink` the customer gets an e-mail at once.',
    document: PREREGISTER,
    variables: () => ({
      input: { fullName: 'Medlar Ltd.', email: `office@${CUSTOMER}.example`, sendInvitationLink: true },
    }),
  },
  {
    id: 'life-invitations',
    ...asReseller,
    title: 'The invitation is on its way',
    shows: 'It is listed as sent, and its e-mail is in the outbox: the link ends with the code that the next step takes from there.',
    document: INVITATIONS,
    variables: () => ({ first: 10, filter: null }),
  },
  {
    id: 'life-sign-up',
    roles: ['customer'],
    anonymous: true,
    title: 'The customer signs up',
    shows: 'By the link it opens an account and is associated with the reseller in one step. It accepts the association instructions; the authorization letter can wait.',
    document: document`
      mutation SignUpCustomer($input: SignUpCustomerInput!) {
        signUpCustomer(input: $input) {
          accountName
          failures {
            cause
            message
            suggestedOperation
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
    looksUp: { name: 'code of the customer’s invitation', inOutbox: /\/invitations\/([\w-]+)/ },
    variables: ({ found }) => ({
      input: {
        code: found('code of the customer’s invitation'),
        accountName: CUSTOMER,
        name: 'Medlar Ltd.',
        email: `office@${CUSTOMER}.example`,
        countryRegion: 'SG',
        password: PASSWORD,
        instructionsAccepted: true,
        authorizationLetterAccepted: false,
      },
    }),
  },
  {
    id: 'life-grant',
    roles: ['distributor'],
    as: 'distributor-1',
    title: 'The distributor grants quotas',
    shows: 'Until now the distributor was in charge of the customer; from now on it is the reseller, within its quotas. Always with a code.',
    document: document`
      mutation GrantQuotas($input: GrantBudgetPermissionsInput!) {
        grantBudgetPermissions(input: $input) {
          reseller {
            accountName
            permissions {
              budgetAndFreeze
              quotas {
                type
                quota
                available
              }
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
      input: { resellerId: found(resellerId.name), monthlyQuota: '10000.00', verificationCode: code },
    }),
    code: 'BUDGET_PERMISSIONS',
  },
  {
    id: 'life-budget',
    ...asReseller,
    title: 'The reseller sets a budget and unfreezes',
    shows: 'Its association left the customer frozen, so that it could buy nothing without a budget. `unfreezeNow` lifts that in the same step; AUTOMATIC freezes again when the budget is used up.',
    document: SET_BUDGET,
    looksUp: customerId,
    variables: ({ found, code }) => ({
      input: {
        customerId: found(customerId.name),
        type: 'MONTHLY',
        amount: '100.00',
        exhaustionPolicy: 'AUTOMATIC',
        unfreezeNow: true,
        verificationCode: code,
      },
    }),
    code: 'SET_BUDGET',
    codeAlways: true,
  },
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
  {
    id: 'life-named-account',
    roles: ['reviewer'],
    title: 'The platform notes a named account',
    shows: 'Something that only the vendor knows. It changes who decides about the customer’s leaving (R-CUS-20).',
    document: SET_FACTS,
    looksUp: customerId,
    variables: ({ found }) => ({ input: { customerId: found(customerId.name), facts: ['NAMED_ACCOUNT'] } }),
  },
  {
    id: 'life-check',
    ...asCustomer,
    title: 'May the customer leave?',
    shows: 'All obstacles at once (R-CUS-19): a freeze by hand, for instance, or reserved instances. Here is none.',
    document: DISASSOCIATION_CHECK,
    variables: () => ({ customerId: null }),
  },
  {
    id: 'life-ask-to-leave',
    ...asCustomer,
    title: 'It asks to leave',
    shows: 'With a reason and a code. `stages` tells that the platform has a look first, because of the step before.',
    document: REQUEST_DISASSOCIATION,
    variables: ({ code }) => ({ input: { reason: 'CHANGE_PARTNER', verificationCode: code } }),
    code: 'DISASSOCIATION',
  },
  {
    id: 'life-pre-review',
    roles: ['reviewer'],
    title: 'The platform has a look',
    shows: 'It has three working days. After its approval the reseller decides.',
    document: REVIEW,
    looksUp: disassociationRequest,
    variables: ({ found }) => ({
      input: {
        applicationId: found(disassociationRequest.name),
        stage: 'PRE_REVIEW',
        decision: 'APPROVED',
        comment: 'Nothing against it.',
      },
    }),
  },
  {
    id: 'life-part',
    ...asReseller,
    title: 'The reseller lets it go',
    shows: 'The last decision ends the association: budget and authorization end with it, and the customer buys on its own.',
    document: REVIEW,
    looksUp: disassociationRequest,
    variables: ({ found }) => ({
      input: {
        applicationId: found(disassociationRequest.name),
        stage: 'CONFIRMATION',
        decision: 'APPROVED',
        comment: 'Farewell.',
      },
    }),
  },
  {
    id: 'life-afterwards',
    ...asCustomer,
    title: 'The customer stands alone',
    shows: 'No partner, no budget, no freeze. Another partner can win it from now on.',
    document: document`
      query Afterwards {
        viewer {
          account {
            accountName
            ... on Customer {
              partner {
                accountName
              }
              budget {
                amount
              }
              freeze {
                level
              }
            }
          }
        }
      }
    `,
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
