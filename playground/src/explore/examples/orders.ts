/** What can be bought, what was, and what a customer sees of it. */
import { document, type Example } from './example.ts';

export const PLACE_ORDER = document`
  mutation PlaceOrder($input: PlaceOrderInput!) {
    placeOrder(input: $input) {
      order {
        number
        status
        listPrice
        amountPaid
        onBehalf
        placedBy {
          accountName
        }
        resources {
          name
          status
          expiresAt
        }
      }
      partnerContact {
        accountName
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const TRACES = document`
  query Traces($first: Int, $filter: TraceFilter) {
    traces(first: $first, filter: $filter) {
      totalCount
      nodes {
        at
        name
        resourceType
        resourceName
        status
        onBehalf
        operator {
          accountName
          memberName
        }
      }
    }
  }
`;

export const orderExamples: Example[] = [
  {
    id: 'product-catalogue',
    roles: ['operator', 'distributor', 'csp', 'reseller', 'customer'],
    title: 'What can be bought',
    shows: 'List prices in USD: by the hour, by the month, or by bandwidth, where a product is paid so.',
    document: document`
      query ProductCatalogue($filter: ProductFilter) {
        productCatalogue(filter: $filter) {
          id
          type
          name
          specification
          regions
          billingModes
          hourlyPrice
          monthlyPrice
          pricePerMbps
        }
      }
    `,
    variables: () => ({ filter: { type: 'ECS' } }),
  },
  {
    id: 'orders',
    roles: ['distributor', 'csp', 'reseller', 'customer'],
    title: 'Orders',
    shows: 'Those of the customers in your scope. `onBehalf` and `placedBy` tell who ordered for whom.',
    document: document`
      query Orders($first: Int, $filter: OrderFilter) {
        orders(first: $first, filter: $filter) {
          totalCount
          nodes {
            number
            type
            status
            specification
            billingMode
            listPrice
            amountPaid
            payUntil
            onBehalf
            customer {
              accountName
            }
            placedBy {
              accountName
            }
          }
        }
      }
    `,
    variables: () => ({ first: 20, filter: null }),
  },
  {
    id: 'resources',
    roles: ['distributor', 'csp', 'reseller', 'customer'],
    title: 'Resources',
    shows: 'What runs, until when it is paid, and what a freeze has made unusable.',
    document: document`
      query Resources($first: Int, $filter: ResourceFilter) {
        resources(first: $first, filter: $filter) {
          totalCount
          nodes {
            name
            productType
            specification
            region
            billingMode
            status
            expiresAt
            customer {
              accountName
            }
          }
        }
      }
    `,
    variables: () => ({ first: 20, filter: null }),
  },
  {
    id: 'place-order',
    roles: ['customer'],
    as: 'customer-1a1',
    title: 'Order a disk',
    shows: 'What pays per use costs nothing when it is ordered and needs no budget; a frozen account may not order it, either.',
    document: PLACE_ORDER,
    variables: () => ({
      input: {
        productId: 'evs.sas.100',
        region: 'ap-southeast-1',
        billingMode: 'PAY_PER_USE',
        name: 'archive',
      },
    }),
  },
  {
    id: 'traces',
    roles: ['customer'],
    title: 'What was done in my account',
    shows: 'The operation log of the last seven days, with what a partner did on the account’s behalf.',
    document: TRACES,
    variables: () => ({ first: 20, filter: { period: 'LAST_WEEK' } }),
  },
  {
    id: 'agreements',
    roles: ['customer'],
    title: 'What I have signed, and what I am asked to',
    shows: 'A new version of a text asks for another signature; the old one stays listed.',
    document: document`
      query Agreements($first: Int) {
        agreements(first: $first) {
          totalCount
          nodes {
            kind
            name
            version
            signedAt
          }
        }
        agreementsToSign {
          kind
          name
          version
          validFrom
        }
      }
    `,
    variables: () => ({ first: 10 }),
  },
];
