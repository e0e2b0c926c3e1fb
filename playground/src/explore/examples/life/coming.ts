/** A reseller joins, and wins a customer. */
import { INVITATIONS, INVITE_RESELLERS, PREREGISTER } from '../development.ts';
import { document, type Example } from '../example.ts';
import { SET_BUDGET } from '../partner.ts';
import { asReseller, CUSTOMER, customerId, PASSWORD, RESELLER, resellerId } from './cast.ts';

export const coming: Example[] = [
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
];
