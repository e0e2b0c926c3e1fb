/** What the server tells the page about itself before anybody signs in. */
import type { AccountKind } from './documents.ts';

export interface DemoAccount {
  id: string;
  kind: AccountKind;
  accountName: string;
  memberName: string | null;
  name: string;
}

export interface PlaygroundConfig {
  /** In demonstration mode everybody may know the password, and the outbox can be read. */
  demo: boolean;
  password: string | null;
  accounts: DemoAccount[];
}

export const NO_DEMO: PlaygroundConfig = { demo: false, password: null, accounts: [] };

/** In the order of the hierarchy, from the top. */
export const KINDS: readonly AccountKind[] = [
  'PLATFORM',
  'DISTRIBUTOR',
  'CLOUD_SOLUTION_PROVIDER',
  'RESELLER',
  'CUSTOMER',
];

export async function loadConfig(url: string, fetcher: typeof fetch = fetch): Promise<PlaygroundConfig> {
  const response = await fetcher(url, { credentials: 'omit', headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
  const config: Partial<PlaygroundConfig> = await response.json();
  return { demo: config.demo ?? false, password: config.password ?? null, accounts: config.accounts ?? [] };
}

export function accountsByKind(accounts: readonly DemoAccount[]): [AccountKind, DemoAccount[]][] {
  return KINDS.map((kind): [AccountKind, DemoAccount[]] => [kind, accounts.filter((account) => account.kind === kind)])
    .filter(([, members]) => members.length > 0);
}

/** `platform/meter`, or just `reseller-1a` where the account has one member to speak of. */
export function labelOf(account: { accountName: string; memberName: string | null }): string {
  return account.memberName ? `${account.accountName}/${account.memberName}` : account.accountName;
}
