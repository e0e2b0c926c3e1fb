/** The library of examples, in the order in which a newcomer would read them. */
import type { Role } from '../cast.ts';
import { commonExamples } from './common.ts';
import { cspExamples } from './csp.ts';
import { customerExamples } from './customer.ts';
import { distributorExamples } from './distributor.ts';
import { SEND_CODE, type Example } from './example.ts';
import { platformExamples } from './platform.ts';
import { resellerExamples } from './reseller.ts';

export const examples: readonly Example[] = [
  ...commonExamples,
  ...platformExamples,
  ...distributorExamples,
  ...cspExamples,
  ...resellerExamples,
  ...customerExamples,
];

export function examplesFor(role: Role): Example[] {
  return examples.filter((example) => example.roles.includes(role));
}

const documents = new Set([SEND_CODE, ...examples.map((example) => example.document)]);

/** Whether a document is the library's, with nothing of the reader's own in it. */
export function isUntouched(document: string): boolean {
  return documents.has(document);
}
