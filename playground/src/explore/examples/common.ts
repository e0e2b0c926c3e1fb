/**
 * Operations that mean something to several roles.
 *
 * A document with a field that is closed to the viewer is refused as a whole, so what customers may not see (warnings,
 * permissions) must not appear in what they run: they have documents of their own.
 */
import { document, type Example } from './example.ts';

export const commonExamples: Example[] = [
  {
    id: 'who-am-i',
    roles: ['operator', 'meter', 'distributor', 'csp', 'reseller', 'customer'],
    title: 'Who am I?',
    shows: 'The account and the member behind the token. The personal name is masked, as everywhere, until it is asked for.',
    document: document`
      query WhoAmI {
        viewer {
          account {
            id
            kind
            accountName
            name
          }
          member {
            id
            name
            roles
          }
          verificationEnabled
          currency
        }
      }
    `,
  },
  {
    id: 'events-so-far',
    roles: ['operator', 'distributor', 'csp', 'reseller'],
    title: 'What has happened so far',
    shows:
      'The past of the feed, oldest first. The cursor of any event can be given to the subscription as `after`: it goes on from there.',
    document: document`
      query EventsSoFar($first: Int, $after: String) {
        events(first: $first, after: $after) {
          edges {
            cursor
            node {
              __typename
              type
              occurredAt
              ... on BudgetThresholdReached {
                threshold
                usagePercent
                customer {
                  accountName
                }
              }
              ... on BudgetChanged {
                budgetType
                amount
                customer {
                  accountName
                }
              }
              ... on FreezeChanged {
                level
                cause
                reason
                customer {
                  accountName
                }
              }
              ... on PermissionsChanged {
                reseller {
                  accountName
                }
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
    id: 'events-live',
    roles: ['operator', 'distributor', 'csp', 'reseller'],
    title: 'Everything, as it happens',
    shows:
      'Every event in your scope while the subscription runs. Leave it running, switch accounts or lose the network: it goes on behind the last cursor.',
    document: document`
      subscription EventsLive($after: String) {
        events(after: $after) {
          __typename
          cursor
          type
          occurredAt
          ... on BudgetThresholdReached {
            threshold
            usagePercent
            customer {
              accountName
            }
          }
          ... on BudgetChanged {
            budgetType
            amount
            customer {
              accountName
            }
          }
          ... on FreezeChanged {
            level
            cause
            reason
            customer {
              accountName
            }
          }
          ... on PermissionsChanged {
            reseller {
              accountName
            }
          }
        }
      }
    `,
    variables: () => ({ after: null }),
  },
  {
    id: 'budget-alerts-live',
    roles: ['distributor', 'csp', 'reseller'],
    title: 'Budget warnings, as they happen',
    shows:
      'A warning arrives when a charge takes a customer to 75, 90 or 100 percent of its budget. Start it, then sign in elsewhere as platform/meter and record charges.',
    document: document`
      subscription BudgetAlertsLive($after: String, $minThreshold: Int) {
        budgetAlerts(after: $after, minThreshold: $minThreshold) {
          cursor
          occurredAt
          threshold
          amount
          used
          usagePercent
          customer {
            accountName
            freeze {
              level
            }
          }
          reseller {
            accountName
          }
        }
      }
    `,
    variables: () => ({ after: null, minThreshold: null }),
  },
  {
    id: 'open-alerts',
    roles: ['operator', 'distributor', 'csp', 'reseller'],
    title: 'Alerts to be handled',
    shows: 'The open warnings in your scope. Raising a budget above what is used clears them.',
    document: document`
      query OpenAlerts($first: Int, $filter: BudgetAlertFilter) {
        budgetAlerts(first: $first, filter: $filter) {
          totalCount
          nodes {
            threshold
            amount
            used
            raisedAt
            status
            customer {
              accountName
              budget {
                type
                remaining
                usagePercent
              }
            }
          }
        }
      }
    `,
    variables: () => ({ first: 20, filter: { status: 'OPEN' } }),
  },
];
