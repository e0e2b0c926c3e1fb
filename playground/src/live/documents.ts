/** What Live asks the API for. */
import { operation, type ResultOf } from '../api/operation.ts';

/** A customer as the list shows it. */
const ROW = operation(`
  fragment LiveRow on Customer {
    id
    accountName
    name
    monthToDateExpenditure
    reseller { id accountName }
    budget { type amount used usagePercent exhausted exhaustionPolicy }
    freeze { level automatic }
  }
`);

/** One page of the customers in scope. */
export const CUSTOMERS = operation(
  `
  query LiveCustomers($after: String, $orderBy: CustomerOrder!, $counted: Boolean!) {
    customers(first: 100, after: $after, orderBy: $orderBy) {
      totalCount @include(if: $counted)
      nodes { ...LiveRow }
      pageInfo { hasNextPage endCursor }
    }
  }
`,
  [ROW],
);

/** Customers of whom something has changed; null where one has left the scope. */
export const CHANGED = operation(
  `
  query LiveChanged($ids: [ID!]!) {
    nodes(ids: $ids) { ... on Customer { ...LiveRow } }
  }
`,
  [ROW],
);

/** The newest alerts. */
export const ALERTS = operation(`
  query LiveAlerts {
    budgetAlerts(first: 100) {
      nodes {
        id
        threshold
        raisedAt
        used
        amount
        customer { id accountName reseller { id accountName } }
      }
    }
  }
`);

const OUTCOME = operation(`
  fragment LiveOutcome on ReviewOutcome {
    id
    occurredAt
    decision
    final
    stage
    comment
    application { id kind }
    subject { __typename ... on Account { id accountName } }
  }
`);

/** Review outcomes, oldest first: the feed is read forward. */
export const OUTCOMES = operation(
  `
  query LiveOutcomes($after: String) {
    events(first: 100, after: $after, types: [REVIEW_OUTCOME]) {
      nodes { __typename ... on ReviewOutcome { ...LiveOutcome } }
      pageInfo { hasNextPage endCursor }
    }
  }
`,
  [OUTCOME],
);

/** What happens from now on, or behind a cursor. One stream for all of it, so that one cursor resumes all of it. */
export const FEED = operation(
  `
  subscription LiveFeed($after: String) {
    events(
      after: $after
      types: [
        BUDGET_THRESHOLD_REACHED
        REVIEW_OUTCOME
        BUDGET_CHANGED
        ACCOUNT_FROZEN
        ACCOUNT_UNFROZEN
        RESOURCES_FROZEN
        RESOURCES_UNFROZEN
        CUSTOMER_ASSOCIATED
      ]
    ) {
      __typename
      id
      cursor
      occurredAt
      ... on BudgetThresholdReached {
        alert { id }
        customerId
        threshold
        usagePercent
        used
        amount
        customer { accountName }
        reseller { id accountName }
      }
      ... on BudgetChanged { customerId }
      ... on FreezeChanged { customerId }
      ... on CustomerAssociated { customerId }
      ... on ReviewOutcome { ...LiveOutcome }
    }
  }
`,
  [OUTCOME],
);

/** How many alerts were raised on each of 14 days; each filter is one day's. */
export const ALERTS_PER_DAY = operation(`
  query LiveAlertsPerDay(
    $d0: BudgetAlertFilter! $d1: BudgetAlertFilter! $d2: BudgetAlertFilter! $d3: BudgetAlertFilter!
    $d4: BudgetAlertFilter! $d5: BudgetAlertFilter! $d6: BudgetAlertFilter! $d7: BudgetAlertFilter!
    $d8: BudgetAlertFilter! $d9: BudgetAlertFilter! $d10: BudgetAlertFilter! $d11: BudgetAlertFilter!
    $d12: BudgetAlertFilter! $d13: BudgetAlertFilter!
  ) {
    d0: budgetAlerts(first: 0, filter: $d0) { totalCount }
    d1: budgetAlerts(first: 0, filter: $d1) { totalCount }
    d2: budgetAlerts(first: 0, filter: $d2) { totalCount }
    d3: budgetAlerts(first: 0, filter: $d3) { totalCount }
    d4: budgetAlerts(first: 0, filter: $d4) { totalCount }
    d5: budgetAlerts(first: 0, filter: $d5) { totalCount }
    d6: budgetAlerts(first: 0, filter: $d6) { totalCount }
    d7: budgetAlerts(first: 0, filter: $d7) { totalCount }
    d8: budgetAlerts(first: 0, filter: $d8) { totalCount }
    d9: budgetAlerts(first: 0, filter: $d9) { totalCount }
    d10: budgetAlerts(first: 0, filter: $d10) { totalCount }
    d11: budgetAlerts(first: 0, filter: $d11) { totalCount }
    d12: budgetAlerts(first: 0, filter: $d12) { totalCount }
    d13: budgetAlerts(first: 0, filter: $d13) { totalCount }
  }
`);

/** The same of one day: those before it do not change any more. */
export const ALERTS_OF_DAY = operation(`
  query LiveAlertsOfDay($day: BudgetAlertFilter!) {
    budgetAlerts(first: 0, filter: $day) { totalCount }
  }
`);

/** A customer in the side panel. */
export const CUSTOMER = operation(
  `
  query LiveCustomer($id: ID!) {
    customer(id: $id) {
      ...LiveRow
      tags
      associatedAt
      managerInCharge { accountName }
      budget { remaining windowStart windowEnd setAt setBy { accountName } }
      freeze { since reason cause retentionDeadline by { accountName } }
      adjustmentRecords(first: 8) {
        nodes { id at kind before after reason byAccount { accountName } }
      }
    }
    budgetAlerts(first: 12, filter: { customerId: $id }) {
      nodes { id threshold raisedAt used windowStart }
    }
  }
`,
  [ROW],
);

export const SET_BUDGET = operation(`
  mutation LiveSetBudget($input: SetCustomerBudgetInput!) {
    setCustomerBudget(input: $input) { customer { id } userErrors { code message field } }
  }
`);

export const FREEZE_ACCOUNT = operation(`
  mutation LiveFreezeAccount($input: FreezeInput!) {
    change: freezeAccount(input: $input) { warnings userErrors { code message field } }
  }
`);

export const FREEZE_ALL = operation(`
  mutation LiveFreezeAll($input: FreezeInput!) {
    change: freezeAccountAndResources(input: $input) { warnings userErrors { code message field } }
  }
`);

export const UNFREEZE_ACCOUNT = operation(`
  mutation LiveUnfreezeAccount($input: FreezeInput!) {
    change: unfreezeAccount(input: $input) { warnings userErrors { code message field } }
  }
`);

export const UNFREEZE_ALL = operation(`
  mutation LiveUnfreezeAll($input: FreezeInput!) {
    change: unfreezeAccountAndResources(input: $input) { warnings userErrors { code message field } }
  }
`);

export const SEND_CODE = operation(`
  mutation LiveSendCode($input: SendVerificationCodeInput!) {
    sendVerificationCode(input: $input) { sentTo expiresAt userErrors { code message field } }
  }
`);

export type ApiRow = ResultOf<typeof ROW>;
export type ApiAlert = ResultOf<typeof ALERTS>['budgetAlerts']['nodes'][number];
export type ApiOutcome = ResultOf<typeof OUTCOME>;
export type ApiEvent = ResultOf<typeof FEED>['events'];
export type ApiCustomer = NonNullable<ResultOf<typeof CUSTOMER>['customer']>;
export type CustomerAlert = ResultOf<typeof CUSTOMER>['budgetAlerts']['nodes'][number];
export type UserError = ResultOf<typeof SET_BUDGET>['setCustomerBudget']['userErrors'][number];
