/** The library of examples, in the order in which a newcomer would read them. */
import type { Role } from '../cast.ts';
import { commonExamples } from './common.ts';
import { cspExamples } from './csp.ts';
import { customerExamples } from './customer.ts';
import { developmentExamples } from './development.ts';
import { distributorExamples } from './distributor.ts';
import { SEND_CODE, type Example } from './example.ts';
import { lifeExamples } from './life/index.ts';
import { orderExamples } from './orders.ts';
import { platformExamples } from './platform.ts';
import { resellerExamples } from './reseller.ts';
import { reviewExamples } from './reviews.ts';

/** Examples that stand alone and run in any order, but for answers, which come after what they answer. */
export const singleExamples: readonly Example[] = [
  ...commonExamples,
  ...platformExamples,
  ...distributorExamples,
  ...cspExamples,
  ...resellerExamples,
  ...customerExamples,
  ...developmentExamples,
  ...orderExamples,
  ...reviewExamples,
];

/** Steps that build on each other, in their order. */
export const guide: readonly Example[] = lifeExamples;

export const examples: readonly Example[] = [...singleExamples, ...guide];

export function examplesFor(role: Role): Example[] {
  return singleExamples.filter((example) => example.roles.includes(role));
}

const documents = new Set([SEND_CODE, ...examples.map((example) => example.document)]);

/** Whether a document is the library's, with nothing of the reader's own in it. */
export function isUntouched(document: string): boolean {
  return documents.has(document);
}
