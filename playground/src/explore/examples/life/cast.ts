/** Who the story makes, and how the page finds them again. */
import type { LookUp } from '../example.ts';

export const RESELLER = 'life-reseller';
export const CUSTOMER = 'life-customer';
/** As good as any: everybody knows it, as that of the demonstration. */
export const PASSWORD = 'life-password-1';

export const asReseller = { roles: ['reseller'], as: RESELLER, password: PASSWORD } as const;
export const asCustomer = { roles: ['customer'], as: CUSTOMER, password: PASSWORD } as const;

export const resellerId: LookUp = {
  name: `id of ${RESELLER}`,
  list: `{ resellers(first: 1, filter: { search: "${RESELLER}" }) { nodes { id } } }`,
};

export const customerId: LookUp = {
  name: `id of ${CUSTOMER}`,
  list: `{ customers(first: 1, filter: { search: "${CUSTOMER}" }) { nodes { id } } }`,
};
