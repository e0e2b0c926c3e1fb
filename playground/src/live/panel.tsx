/** The side panel of a customer: what there is to know, and what can be done. The list beside it goes on. */
import * as Dialog from '@radix-ui/react-dialog';
import * as Tabs from '@radix-ui/react-tabs';
import { useRef, useState } from 'react';
import { texts } from '../texts.ts';
import { BudgetForm } from './budget-form.tsx';
import { FreezeForm } from './freeze-form.tsx';
import { History } from './history.tsx';
import { UsageBar } from './usage-bar.tsx';
import { UsageChart } from './usage-chart.tsx';
import { useCustomer, type Details } from './use-customer.ts';
import { useLive, useTick } from './use-live.ts';
import type { ApiCustomer } from './documents.ts';

interface PanelProps {
  customerId: string | null;
  onClose: () => void;
}

export function Panel({ customerId, onClose }: PanelProps) {
  const opener = useRef<Element | null>(null);
  return (
    <Dialog.Root open={customerId !== null} onOpenChange={(open) => !open && onClose()} modal={false}>
      <Dialog.Content
        className="panel"
        aria-describedby={undefined}
        // Whoever clicks into the list wants another customer, not none.
        onInteractOutside={(event) => event.preventDefault()}
        onOpenAutoFocus={() => {
          opener.current = document.activeElement;
        }}
        onCloseAutoFocus={(event) => {
          // There is no button that opened it, but a row of the list.
          event.preventDefault();
          if (opener.current instanceof HTMLElement && opener.current.isConnected) opener.current.focus();
        }}
      >
        {customerId !== null && <Customer key={customerId} id={customerId} />}
        <Dialog.Close className="close">{texts.live.panel.close}</Dialog.Close>
      </Dialog.Content>
    </Dialog.Root>
  );
}

function Customer({ id }: { id: string }) {
  const { store, feed } = useLive();
  useTick();
  const { details, failure, again } = useCustomer(id);
  const [note, setNote] = useState<string | null>(null);
  const words = texts.live.panel;

  function onDone(what: string): void {
    setNote(what);
    feed.refresh(id);
    again();
  }

  return (
    <>
      <Dialog.Title className="panel-title">{details?.customer.accountName ?? store.rows.get(id)?.accountName ?? words.loading}</Dialog.Title>
      {failure && (
        <p className="refusal" role="alert">
          {texts.live.failed(failure)}
        </p>
      )}
      {details === undefined && !failure && <p className="quiet">{words.loading}</p>}
      {details === null && <p>{words.gone}</p>}
      <p className="done" role="status">
        {note}
      </p>
      {details && <Open details={details} onDone={onDone} />}
    </>
  );
}

function Open({ details, onDone }: { details: Details; onDone: (note: string) => void }) {
  const { viewer } = useLive();
  const { customer, alerts } = details;
  const words = texts.live.panel;
  const inCharge = customer.managerInCharge?.accountName ?? null;
  const isInCharge = inCharge === viewer.account.accountName;
  const maySet = isInCharge && viewer.permissions.includes('customer.budget');
  const mayFreeze = isInCharge && viewer.permissions.includes('customer.freeze');
  return (
    <>
      <p className="quiet">{words.masked(customer.name)}</p>
      <Usage customer={customer} />
      <UsageChart customer={customer} alerts={alerts} />
      <Facts customer={customer} />
      <Tabs.Root className="actions" defaultValue={maySet ? 'budget' : 'history'}>
        <Tabs.List className="tab-list" aria-label={words.tabs.label}>
          {maySet && <Tabs.Trigger value="budget">{words.tabs.budget}</Tabs.Trigger>}
          {mayFreeze && <Tabs.Trigger value="freeze">{words.tabs.freeze}</Tabs.Trigger>}
          <Tabs.Trigger value="history">{words.tabs.history}</Tabs.Trigger>
        </Tabs.List>
        {maySet && (
          <Tabs.Content value="budget" tabIndex={-1}>
            <BudgetForm key={customer.budget?.setAt ?? 'none'} customer={customer} onDone={onDone} />
          </Tabs.Content>
        )}
        {mayFreeze && (
          <Tabs.Content value="freeze" tabIndex={-1}>
            <FreezeForm customer={customer} onDone={onDone} />
          </Tabs.Content>
        )}
        <Tabs.Content value="history" tabIndex={-1}>
          {!isInCharge && <p className="quiet">{inCharge ? words.notInCharge(inCharge) : words.nobodyInCharge}</p>}
          <History details={details} />
        </Tabs.Content>
      </Tabs.Root>
    </>
  );
}

function Usage({ customer: { budget } }: { customer: ApiCustomer }) {
  const { formats } = useLive();
  const percent = budget?.usagePercent ? Number(budget.usagePercent) : null;
  return (
    <p className="usage">
      <UsageBar percent={percent} />
      <strong>{percent === null ? texts.live.budgets.none : formats.percent(percent)}</strong>
      {budget && <span>{texts.live.budgets.of(formats.money(budget.used), formats.money(budget.amount))}</span>}
    </p>
  );
}

function Facts({ customer }: { customer: ApiCustomer }) {
  const { formats } = useLive();
  const words = texts.live.panel;
  const names = words.facts;
  const { budget, freeze, reseller } = customer;
  const date = (at: string | null): string | null => (at === null ? null : formats.dateTime(at));
  const facts: [string, string | null][] = [
    [names.reseller, reseller?.accountName ?? null],
    [names.spent, formats.money(customer.monthToDateExpenditure)],
    [names.budget, budget && words.type[budget.type]],
    [names.remaining, budget && formats.money(budget.remaining)],
    [names.policy, budget && words.policy[budget.exhaustionPolicy]],
    [names.window, date(budget?.windowEnd ?? null)],
    [names.setBy, budget?.setBy ? `${budget.setBy.accountName}, ${date(budget.setAt)}` : null],
    [names.freeze, [words.freeze[freeze.level], freeze.automatic && words.automatically].filter(Boolean).join(', ')],
    [names.since, date(freeze.since)],
    [names.reason, freeze.reason],
    [names.release, date(freeze.retentionDeadline)],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) =>
        value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
