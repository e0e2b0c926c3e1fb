/** Made-up customers and events, for the tests and for measuring. */
import type { ApiEvent, ApiOutcome } from './documents.ts';
import type { Row } from './model.ts';

export function sampleRow(number: number, part: Partial<Row> = {}): Row {
  return {
    id: `cus_${number}`,
    accountName: `customer-${number}`,
    name: `C****${number % 10}`,
    reseller: { id: `res_${number % 50}`, accountName: `reseller-${number % 50}` },
    spent: 100,
    budget: { type: 'MONTHLY', amount: '1000.00', used: '100.00', policy: 'MANUAL' },
    percent: 10,
    freeze: 'NONE',
    automatic: false,
    ...part,
  };
}

/** The `number`th alert of a feed, at `at`. */
export function sampleAlert(number: number, at: number, customer = number, used = '750.00'): ApiEvent {
  return {
    __typename: 'BudgetThresholdReached',
    id: `evt_${number}`,
    cursor: `cursor-${number}`,
    occurredAt: new Date(at).toISOString(),
    alert: { id: `alr_${number}` },
    customerId: `cus_${customer}`,
    threshold: 75,
    usagePercent: String(Number(used) / 10),
    used,
    amount: '1000.00',
    customer: { accountName: `customer-${customer}` },
    reseller: { id: `res_${customer % 50}`, accountName: `reseller-${customer % 50}` },
  };
}

export function sampleOutcome(number: number, at: number): ApiOutcome {
  return {
    id: `evt_outcome_${number}`,
    occurredAt: new Date(at).toISOString(),
    decision: 'APPROVED',
    final: true,
    stage: 'CUSTOMER',
    comment: null,
    application: { id: `app_${number}`, kind: 'AUTHORIZATION' },
    subject: { __typename: 'Customer', id: `cus_${number}`, accountName: `customer-${number}` },
  };
}
