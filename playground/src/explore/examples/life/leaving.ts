/** The customer leaves, after everybody who has a say was asked. */
import { document, type Example } from '../example.ts';
import { DISASSOCIATION_CHECK, disassociationRequest, REQUEST_DISASSOCIATION, REVIEW, SET_FACTS } from '../reviews.ts';
import { asCustomer, asReseller, customerId } from './cast.ts';

export const leaving: Example[] = [
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
