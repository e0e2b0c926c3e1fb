/** Every word of the page, but for the examples, whose words stand beside what they describe. */
import type { AccountKind } from './session/documents.ts';
import type { Role } from './explore/cast.ts';
import type { Theme } from './theme.ts';

const kinds: Record<AccountKind, string> = {
  PLATFORM: 'Platform',
  DISTRIBUTOR: 'Distributors',
  CLOUD_SOLUTION_PROVIDER: 'Cloud solution providers',
  RESELLER: 'Resellers',
  CUSTOMER: 'Customers',
};

const roles: Record<Role, string> = {
  operator: 'Platform operator',
  reviewer: 'Platform reviewer',
  meter: 'Metering',
  distributor: 'Distributor',
  csp: 'Cloud solution provider',
  reseller: 'Reseller',
  customer: 'Customer',
};

const themes: Record<Theme, string> = {
  system: 'Auto',
  light: 'Light',
  dark: 'Dark',
};

export const texts = {
  product: 'partner-center',
  skipToContent: 'Skip to the content',
  places: { label: 'Places', explore: 'Explore', outbox: 'Outbox' },
  theme: { label: 'Colours', options: themes },
  loading: 'Loading …',
  broken: {
    title: 'Something broke on this page',
    again: 'Load it again',
  },
  kinds,
  roles,

  session: {
    label: 'Sign in',
    configFailed: (reason: string) => `The list of demonstration accounts could not be loaded (${reason}).`,
    demoAccount: 'Demonstration account',
    choose: 'Choose an account …',
    signIn: 'Sign in',
    switchTo: 'Switch',
    signingIn: 'Signing in …',
    otherAccount: 'Other account',
    accountName: 'Account name',
    memberName: 'Member name (optional)',
    password: 'Password',
    signedInAs: 'Signed in as',
    signedOut: 'Not signed in',
    ended: 'The session has ended; sign in again',
    signOut: 'Sign out',
    unreachable: (reason: string) => `The server could not be reached (${reason}).`,
  },

  explore: {
    library: 'Examples',
    forRole: 'For',
    allRoles: 'Everybody',
    choose: 'Choose an example, sign in, and run it.',
    guide: 'The life of a customer',
    guideWhat: 'One story in steps, from the invitation of a reseller to the leaving of its customer. Each step builds on those before.',
    step: (number: number, of: number) => `Step ${number} of ${of}`,
    stepAs: (account: string) => `, as ${account}`,
    steps: 'Steps',
    previousStep: 'Previous step',
    nextStep: 'Next step',
    anybody: 'Nobody needs to be signed in for this.',
    needsFound: (name: string) => `This needs the ${name}:`,
    lookUp: 'Look it up',
    lookedUp: 'It is filled in.',
    notFound: 'There is none yet: it comes of an earlier step.',
    writtenFor: 'Written for',
    signInAs: (account: string) => `Sign in as ${account}`,
    needsCode: 'This operation asks for a verification code:',
    codeOptional: 'You have verification switched off: this runs without a code, too.',
    sendCode: '1. Send the code',
    fillInCode: '2. Fill in the code',
    codeFilledIn: 'The newest code is filled in. Run the operation.',
    codeSentOutside: 'The code was sent to you. Put it into the variables, then run the operation.',
    noCode: 'There is no code in the outbox yet. Send one first.',
    subscribeSignedOut: 'Sign in first: a subscription needs to know whose events it may see.',
    socketFailed: 'The connection failed. Is the server running?',
    socketClosed: (code: number, reason: string) =>
      code === 4403
        ? `The server refused the session (4403 ${reason}). Sign in again.`
        : `The connection was closed (${code}${reason ? ` ${reason}` : ''}).`,
    firstTab: '# Choose an example,\n# or write your own operation.\n# Ctrl-Enter runs it.\n\n',
  },

  outbox: {
    title: 'Outbox',
    what: 'What the system has sent by e-mail and SMS. In the demonstration nothing leaves this server; it ends up here.',
    refresh: 'Refresh',
    empty: 'Nothing has been sent yet. Ask for a verification code, or let a budget be used up.',
    failed: (reason: string) => `The outbox could not be read (${reason}).`,
    count: (n: number) => (n === 1 ? '1 message' : `${n} messages`),
    channel: { EMAIL: 'E-mail', SMS: 'SMS' } as Record<string, string>,
    code: 'Code',
    copy: 'Copy',
    copied: 'Copied',
    selected: 'Selected: press Ctrl-C',
  },
} as const;
