/** What every partner does with its customers, whether reseller, cloud solution provider or distributor in charge. */
import { document } from './example.ts';

export const SET_BUDGET = document`
  mutation SetBudget($input: SetCustomerBudgetInput!) {
    setCustomerBudget(input: $input) {
      budget {
        type
        amount
        used
        remaining
        usagePercent
        exhausted
        exhaustionPolicy
        windowStart
      }
      customer {
        accountName
        openAlertCount
        freeze {
          level
        }
      }
      adjustmentRecord {
        before
        after
        at
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const SET_BUDGETS = document`
  mutation SetBudgets($input: SetCustomerBudgetsInput!) {
    setCustomerBudgets(input: $input) {
      customers {
        accountName
        budget {
          type
          amount
          remaining
          exhaustionPolicy
        }
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const FREEZE_ACCOUNT = document`
  mutation FreezeAccount($input: FreezeInput!) {
    freezeAccount(input: $input) {
      customers {
        accountName
        freeze {
          level
          cause
          reason
          since
        }
        purchasing {
          yearlyMonthly
          payPerUse
          reasons
        }
      }
      warnings
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const FREEZE_RESOURCES = document`
  mutation FreezeResources($input: FreezeInput!) {
    freezeAccountAndResources(input: $input) {
      customers {
        accountName
        freeze {
          level
          cause
          reason
          since
          retentionDeadline
        }
      }
      warnings
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const UNFREEZE_ACCOUNT = document`
  mutation UnfreezeAccount($input: FreezeInput!) {
    unfreezeAccount(input: $input) {
      customers {
        accountName
        freeze {
          level
        }
        purchasing {
          yearlyMonthly
          payPerUse
          reasons
        }
      }
      warnings
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const UNFREEZE_RESOURCES = document`
  mutation UnfreezeResources($input: FreezeInput!) {
    unfreezeAccountAndResources(input: $input) {
      customers {
        accountName
        freeze {
          level
          retentionDeadline
        }
      }
      warnings
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const CUSTOMERS = document`
  query Customers($first: Int, $after: String, $filter: CustomerFilter, $orderBy: CustomerOrder) {
    customers(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount
      nodes {
        accountName
        budget {
          type
          amount
          used
          remaining
          usagePercent
          exhaustionPolicy
        }
        freeze {
          level
          automatic
        }
        openAlertCount
        monthToDateExpenditure
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;
