/** The API as the tests use it: one client for each person, and the few operations that stories are made of. */
import { postTo } from '../src/api/graphql.ts';
import { loadMessages, newestCode } from '../src/outbox/messages.ts';
import { authorized } from '../src/session/authorized.ts';
import { loadConfig, type PlaygroundConfig } from '../src/session/config.ts';
import { Session } from '../src/session/session.ts';

/** What a customer may use and has used, in USD. Numbers are exact enough for the amounts of these stories. */
export interface Standing {
  amount: number;
  used: number;
}

export class Api {
  readonly session: Session;
  readonly config: PlaygroundConfig;
  readonly url: string;
  #post;

  private constructor(url: string, config: PlaygroundConfig, session: Session) {
    this.url = url;
    this.config = config;
    this.session = session;
    this.#post = authorized(postTo(`${url}graphql`), session);
  }

  /** `reseller-1a`, or `platform/meter`. */
  static async as(url: string, label: string): Promise<Api> {
    const config = await loadConfig(`${url}playground/config.json`);
    const session = new Session(postTo(`${url}graphql`));
    const [accountName = '', memberName = null] = label.split('/');
    const refusal = await session.signIn({ accountName, memberName, password: config.password ?? '' });
    if (refusal) throw new Error(`${label} could not sign in: ${refusal}`);
    return new Api(url, config, session);
  }

  id(accountName: string): string {
    const account = this.config.accounts.find((candidate) => candidate.accountName === accountName);
    if (!account) throw new Error(`the demonstration has no ${accountName}`);
    return account.id;
  }

  /** The data of an operation that nobody has anything to say against. */
  async run<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const answer = await this.#post<Data>({ query, variables });
    const complaints = complaintsIn(answer);
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
    return answer.data as Data;
  }

  /** A monthly budget of which at most half is used, so that every threshold is yet to be reached. */
  async setRoomyBudget(accountName: string): Promise<Standing> {
    const customerId = this.id(accountName);
    const { customer } = await this.run<{ customer: { monthToDateExpenditure: string; budget: { used: string } | null } }>(
      'query ($id: ID!) { customer(id: $id) { monthToDateExpenditure budget { used } } }',
      { id: customerId },
    );
    const spent = Math.max(Number(customer.budget?.used ?? 0), Number(customer.monthToDateExpenditure));
    const amount = Math.max(40, Math.ceil(spent * 2));
    await this.run(
      'mutation { sendVerificationCode(input: { operation: SET_BUDGET }) { userErrors { code message } } }',
    );
    const { setCustomerBudget } = await this.run<{ setCustomerBudget: { budget: { used: string } } }>(
      'mutation ($input: SetCustomerBudgetInput!) { setCustomerBudget(input: $input) { budget { used } userErrors { code message } } }',
      {
        input: {
          customerId,
          type: 'MONTHLY',
          amount: amount.toFixed(2),
          exhaustionPolicy: 'MANUAL',
          verificationCode: newestCode(await loadMessages(`${this.url}demo/outbox`)),
        },
      },
    );
    return { amount, used: Number(setCustomerBudget.budget.used) };
  }

  /** One charge for each amount, in one request. */
  async recordCharges(accountName: string, listPrices: string[]): Promise<void> {
    await this.run(
      'mutation ($input: RecordChargesInput!) { recordCharges(input: $input) { recorded rejected { error { message } } userErrors { code message } } }',
      {
        input: {
          charges: listPrices.map((listPrice) => ({
            chargeId: crypto.randomUUID(),
            customerId: this.id(accountName),
            productType: 'compute',
            billingMode: 'PAY_PER_USE',
            listPrice,
            occurredAt: new Date().toISOString(),
          })),
        },
      },
    );
  }
}

/** Everything in an answer that tells of a failure: errors, and the userErrors of every payload. */
export function complaintsIn(answer: { data?: unknown; errors?: unknown[] }): string[] {
  const complaints = (answer.errors ?? []).map((error) => JSON.stringify(error));
  for (const payload of Object.values((answer.data ?? {}) as Record<string, unknown>)) {
    const { userErrors } = (payload ?? {}) as { userErrors?: unknown[] };
    complaints.push(...(userErrors ?? []).map((error) => JSON.stringify(error)));
  }
  return complaints;
}

/** A charge that takes a customer past every threshold of a new budget. */
export async function passThresholds(url: string, partner: string, customer: string): Promise<void> {
  const api = await Api.as(url, partner);
  const meter = await Api.as(url, 'platform/meter');
  const { amount } = await api.setRoomyBudget(customer);
  await meter.recordCharges(customer, [amount.toFixed(2)]);
}
