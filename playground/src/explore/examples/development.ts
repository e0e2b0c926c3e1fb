/** How partners win resellers and customers, what they expect of them, and lists to take along. */
import { document, type Example } from './example.ts';

export const INVITE_RESELLERS = document`
  mutation InviteResellers($input: InviteResellersInput!) {
    inviteResellers(input: $input) {
      invitations {
        id
        status
        expiresAt
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const PREREGISTER = document`
  mutation PreregisterCustomer($input: PreregisterCustomerInput!) {
    preregisterCustomer(input: $input) {
      preregistration {
        id
        status
        expiresAt
      }
      causes
      reviewPossible
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const INVITATIONS = document`
  query Invitations($first: Int, $filter: InvitationFilter) {
    invitations(first: $first, filter: $filter) {
      totalCount
      nodes {
        method
        status
        tag
        email
        invitedAt
        followedAt
        validUntil
        failure
        customer {
          accountName
        }
      }
    }
  }
`;

export const developmentExamples: Example[] = [
  {
    id: 'opportunities',
    roles: ['distributor', 'csp', 'reseller'],
    title: 'Opportunities',
    shows: 'What account managers expect of customers. A distributor sees those of its resellers, too.',
    document: document`
      query Opportunities($first: Int, $filter: OpportunityFilter) {
        opportunities(first: $first, filter: $filter) {
          totalCount
          nodes {
            name
            phase
            winProbability
            monthlyRevenue
            revenueDeadline
            customer {
              accountName
            }
            partner {
              accountName
            }
          }
        }
      }
    `,
    variables: () => ({ first: 20, filter: null }),
  },
  {
    id: 'export-customers',
    roles: ['distributor', 'csp', 'reseller'],
    title: 'My customers as a file',
    shows: 'The file is written beside requests; the next example shows when it is there. What is personal stays masked.',
    document: document`
      mutation ExportCustomers($input: ExportCustomersInput!) {
        exportCustomers(input: $input) {
          export {
            id
            state
            rowsTotal
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
    variables: () => ({ input: { format: 'XLSX', filter: { freezeLevel: ['ACCOUNT'] } } }),
  },
  {
    id: 'exports',
    roles: ['distributor', 'csp', 'reseller'],
    title: 'My files',
    shows: '`downloadUrl` is relative to this server and good for minutes; ask again for another.',
    document: document`
      query Exports($first: Int) {
        exports(first: $first) {
          nodes {
            kind
            format
            state
            rowsDone
            rowsTotal
            failureReason
            createdAt
            fileName
            downloadUrl
          }
        }
      }
    `,
    variables: () => ({ first: 10 }),
  },
  {
    id: 'invite-resellers',
    roles: ['distributor'],
    as: 'distributor-1',
    title: 'Invite resellers',
    shows: 'Each gets an e-mail with a code for one use: see the outbox. An address can have one invitation at a time.',
    document: INVITE_RESELLERS,
    variables: ({ chargeId }) => ({ input: { emails: [`office@${chargeId()}.example`] } }),
  },
  {
    id: 'reseller-invitations',
    roles: ['distributor'],
    as: 'distributor-1',
    title: 'Whom I have invited',
    shows: 'Addresses are masked until they are asked for with `reveal: true`.',
    document: document`
      query ResellerInvitations($first: Int, $filter: ResellerInvitationFilter) {
        resellerInvitations(first: $first, filter: $filter) {
          totalCount
          nodes {
            email
            status
            timesSent
            invitedAt
            expiresAt
            joinedAt
            reseller {
              accountName
            }
          }
        }
      }
    `,
    variables: () => ({ first: 20, filter: null }),
  },
  {
    id: 'preregister-customer',
    roles: ['reseller'],
    title: 'Preregister a customer',
    shows: 'For 15 days no other partner can claim the address. Where it cannot be had, the answer says why, and whether a review may help.',
    document: PREREGISTER,
    variables: ({ chargeId }) => {
      const email = `buyer@${chargeId()}.example`;
      return { input: { fullName: 'Blue Harbour Ltd.', email, sendInvitationLink: true } };
    },
  },
  {
    id: 'preregistrations',
    roles: ['reseller'],
    title: 'Whom I have preregistered',
    shows: 'With how long each claim still holds, and what became of it.',
    document: document`
      query Preregistrations($first: Int, $filter: PreregistrationFilter) {
        preregistrations(first: $first, filter: $filter) {
          totalCount
          nodes {
            fullName
            email
            status
            preregisteredAt
            expiresAt
            customer {
              accountName
            }
          }
        }
      }
    `,
    variables: () => ({ first: 20, filter: null }),
  },
  {
    id: 'create-invitation-link',
    roles: ['reseller'],
    title: 'A link to invite with, as a QR code',
    shows: 'A customized link is for one customer and good for 30 days. `qrCode` is a picture: open it in a tab of your browser.',
    document: document`
      mutation CreateInvitationLink($input: CreateInvitationLinkInput!) {
        createInvitationLink(input: $input) {
          invitation {
            method
            tag
            link
            validUntil
            qrCode(format: SVG)
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
    variables: () => ({ input: { method: 'CUSTOMIZED_LINK', tag: 'trade-fair' } }),
  },
  {
    id: 'invitations',
    roles: ['reseller'],
    title: 'What became of my invitations',
    shows: 'One that failed says why, in `failure`; the customer can try again as long as it is good.',
    document: INVITATIONS,
    variables: () => ({ first: 20, filter: null }),
  },
  {
    id: 'create-opportunity',
    roles: ['reseller'],
    title: 'Note an opportunity',
    shows: 'What is expected, with which products, by when and how likely: 0, 25, 50, 75 or 100 percent.',
    document: document`
      mutation CreateOpportunity($input: CreateOpportunityInput!) {
        createOpportunity(input: $input) {
          opportunity {
            id
            name
            phase
            winProbability
            owner {
              name
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
    variables: ({ id, now }) => ({
      input: {
        customerId: id('customer-1a1'),
        name: 'Shop in the cloud',
        type: 'NEW',
        phase: 'SOLUTION_COMMUNICATION',
        winProbability: 50,
        biddingProject: false,
        monthlyRevenue: '1200.00',
        majorProducts: ['ECS', 'EVS'],
        majorProductsRevenue: '900.00',
        revenueDeadline: inDays(now, 60).toISOString(),
        servicePeriodMonths: 24,
      },
    }),
  },
];

function inDays(now: Date, days: number): Date {
  return new Date(now.getTime() + days * 24 * 3_600_000);
}
