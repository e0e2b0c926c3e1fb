/**
 * The life of a customer: one story from the invitation of its reseller to its leaving, step after step.
 *
 * Unlike the other examples these build on each other. The accounts that the story makes have names and a password of
 * their own; ids and codes of earlier steps are looked up. A demonstration has room for one such life.
 */
import type { Example } from '../example.ts';
import { coming } from './coming.ts';
import { leaving } from './leaving.ts';
import { working } from './working.ts';

export const lifeExamples: readonly Example[] = [...coming, ...working, ...leaving];
