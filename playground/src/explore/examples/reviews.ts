/**
 * What one side asks for and another decides: disassociations, authorizations, and the engine behind both.
 *
 * The requests of the reseller come before the answers of its customer, so that there is something to decide.
 */
import { document, type Example, type LookUp } from './example.ts';

/** Every decision is made by this operation, whatever is decided. */
export const REVIEW = document`
  mutation ReviewApplication($input: ReviewApplicationInput!) {
    reviewApplication(input: $input) {
      application {
        kind
        status
        stage
        history {
          kind
          stage
          at
          byAccount {
            accountName
          }
          comment
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

export const REQUEST_DISASSOCIATION = document`
  mutation RequestDisassociation($input: RequestDisassociationInput!) {
    requestDisassociation(input: $input) {
      application {
        id
        status
        stage
        stages
        dueAt
        subject {
          accountName
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

export const DISASSOCIATION_CHECK = document`
  query DisassociationCheck($customerId: ID) {
    disassociationCheck(customerId: $customerId) {
      passed
      requestsLeft
      failedChecks {
        obstacle
        message
      }
    }
  }
`;

export const REQUEST_AUTHORIZATION = document`
  mutation RequestAuthorization($input: RequestAuthorizationInput!) {
    requestAuthorization(input: $input) {
      application {
        id
        status
        stage
        counterparty {
          accountName
        }
        ... on AuthorizationRequest {
          letterVersion
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

export const SET_FACTS = document`
  mutation SetCustomerFacts($input: SetCustomerFactsInput!) {
    setCustomerFacts(input: $input) {
      customer {
        accountName
        facts
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const disassociationRequest: LookUp = {
  name: 'id of the disassociation request',
  list: '{ applications(first: 1, filter: { toDecide: true, kinds: [DISASSOCIATION] }) { nodes { id } } }',
};

export const authorizationRequest: LookUp = {
  name: 'id of the authorization request',
  list: '{ applications(first: 1, filter: { toDecide: true, kinds: [AUTHORIZATION] }) { nodes { id } } }',
};

const authorization: LookUp = {
  name: 'id of the authorization',
  list: '{ authorizations(first: 1, filter: { statuses: [ACCEPTED] }) { nodes { id } } }',
};

export const reviewExamples: Example[] = [
  {
    id: 'work-list',
    roles: ['reviewer', 'csp', 'reseller', 'customer'],
    title: 'What I have to decide',
    shows: 'Everything that waits for a decision is an application; `toDecide` keeps what waits for you. `overdue: true` is what is late.',
    document: document`
      query WorkList($first: Int, $filter: ApplicationFilter) {
        applications(first: $first, filter: $filter) {
          totalCount
          nodes {
            id
            kind
            status
            stage
            dueAt
            overdue
            allowedActions
            applicant {
              accountName
            }
            subject {
              accountName
            }
          }
        }
      }
    `,
    variables: () => ({ first: 20, filter: { toDecide: true } }),
  },
  {
    id: 'review-outcomes-live',
    roles: ['reviewer', 'distributor', 'csp', 'reseller', 'customer'],
    title: 'Decisions, as they are made',
    shows: 'Every decision on an application that you may see. Start it, then sign in elsewhere and decide one.',
    document: document`
      subscription ReviewOutcomesLive($after: String) {
        reviewOutcomes(after: $after) {
          cursor
          occurredAt
          decision
          stage
          final
          comment
          application {
            kind
            status
          }
          subject {
            ... on Customer {
              accountName
            }
          }
        }
      }
    `,
    variables: () => ({ after: null }),
  },
  {
    id: 'set-customer-facts',
    roles: ['reviewer'],
    title: 'What only the vendor knows of a customer',
    shows: 'Facts decide what may be done with a customer: the leaving of a named account is looked at by the platform first. What is set replaces what was there.',
    document: SET_FACTS,
    variables: ({ id }) => ({ input: { customerId: id('customer-1b5'), facts: ['NAMED_ACCOUNT'] } }),
  },
  {
    id: 'disassociation-check',
    roles: ['reseller'],
    title: 'Could this customer leave?',
    shows: 'All that stands in the way, at once, without asking for anything. The answer has a message for each, with what to do.',
    document: DISASSOCIATION_CHECK,
    variables: ({ id }) => ({ customerId: id('customer-1a1') }),
  },
  {
    id: 'request-disassociation',
    roles: ['reseller'],
    title: 'Ask for the end of an association',
    shows: 'The other side decides. One request at a time, and three of each side within three months.',
    document: REQUEST_DISASSOCIATION,
    variables: ({ id }) => ({
      input: { customerId: id('customer-1a1'), reason: 'OTHER', remarks: 'The contract was not renewed.' },
    }),
  },
  {
    id: 'request-authorization',
    roles: ['reseller'],
    title: 'Ask to act on a customer’s behalf',
    shows: 'It takes the distributor’s permission and the customer’s consent; both are looked at with every later operation.',
    document: REQUEST_AUTHORIZATION,
    variables: ({ id }) => ({ input: { customerId: id('customer-1a1') } }),
  },
  {
    id: 'authorizations',
    roles: ['csp', 'reseller', 'customer'],
    title: 'Who may act for whom',
    shows: 'Authorizations with the version of the letter that was consented to, also those that were refused or taken back.',
    document: document`
      query Authorizations($first: Int, $filter: AuthorizationFilter) {
        authorizations(first: $first, filter: $filter) {
          totalCount
          nodes {
            id
            status
            letterVersion
            requestedAt
            effectiveAt
            endedAt
            revokeReason
            partner {
              accountName
            }
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
    id: 'decide-disassociation',
    roles: ['customer'],
    title: 'Refuse to leave the partner',
    shows: 'Answers what the reseller asked in its example. The stage is named, so that nobody decides another one than they saw.',
    as: 'customer-1a1',
    document: REVIEW,
    looksUp: disassociationRequest,
    variables: ({ found, code }) => ({
      input: {
        applicationId: found('id of the disassociation request'),
        stage: 'CONFIRMATION',
        decision: 'REJECTED',
        comment: 'We would rather stay.',
        verificationCode: code,
      },
    }),
    code: 'DISASSOCIATION',
  },
  {
    id: 'accept-authorization',
    roles: ['customer'],
    title: 'Let the partner act for me',
    shows: 'Answers what the reseller asked in its example. Consenting always takes a code, refusing does not.',
    as: 'customer-1a1',
    document: REVIEW,
    looksUp: authorizationRequest,
    variables: ({ found, code }) => ({
      input: {
        applicationId: found('id of the authorization request'),
        stage: 'ACCEPTANCE',
        decision: 'APPROVED',
        comment: 'Please look after our servers.',
        verificationCode: code,
      },
    }),
    code: 'ACCEPT_AUTHORIZATION',
  },
  {
    id: 'revoke-authorization',
    roles: ['customer'],
    as: 'customer-1a1',
    title: 'Take it back',
    shows: 'Undoes the example before: the partner’s next operation is refused, whatever its session was switched to.',
    document: document`
      mutation RevokeAuthorization($input: RevokeAuthorizationInput!) {
        revokeAuthorization(input: $input) {
          authorization {
            status
            endedAt
            revokeReason
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `,
    looksUp: authorization,
    variables: ({ found, code }) => ({
      input: {
        authorizationId: found('id of the authorization'),
        reason: 'We do it ourselves from now on.',
        verificationCode: code,
      },
    }),
    code: 'REVOKE_AUTHORIZATION',
  },
];
