/** The list of examples, for a role or for everybody. */
import { useRef, useState } from 'react';
import { usePlayground, useSessionState } from '../playground.ts';
import { addressOf } from '../route.ts';
import { texts } from '../texts.ts';
import { useWide } from '../use-wide.ts';
import { ROLES, roleOf, type Role } from './cast.ts';
import type { Example } from './examples/example.ts';
import { examplesFor, guide, singleExamples } from './examples/index.ts';

/** The width at which `explore.css` puts the library beside the editors. */
const WIDE = '60rem';

interface LibraryProps {
  current: Example | undefined;
  /** The open example was chosen once more; its address does not change by that. */
  onAgain: () => void;
}

export function Library({ current, onAgain }: LibraryProps) {
  const { session } = usePlayground();
  const state = useSessionState(session);
  const own = state.status === 'signed-in' ? roleOf(state.viewer) : null;
  const [choice, setChoice] = useState<Role | 'all'>('all');

  // Whoever signs in gets what is meant for them; what they choose after that stays.
  const [seen, setSeen] = useState(own);
  if (own !== seen) {
    setSeen(own);
    if (own) setChoice(own);
  }

  const wide = useWide(WIDE);
  const details = useRef<HTMLDetailsElement>(null);

  function chosen(example: Example): void {
    if (example === current) onAgain();
    if (wide || !details.current) return;
    // The editors are below; the focus goes to what is left of the list.
    details.current.open = false;
    details.current.querySelector('summary')?.focus();
  }

  const shown = choice === 'all' ? singleExamples : examplesFor(choice);
  return (
    // On a wide page the list is always open, beside the editors; on a narrow one it folds away above them.
    <details ref={details} className="library" open={wide} key={String(wide)}>
      <summary>{texts.explore.library}</summary>
      <nav aria-label={texts.explore.library}>
        <label className="filter">
          {texts.explore.forRole}
          <select value={choice} onChange={(event) => setChoice(event.target.value as Role | 'all')}>
            <option value="all">{texts.explore.allRoles}</option>
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {texts.roles[role]}
              </option>
            ))}
          </select>
        </label>
        <Guide current={current} onChoose={chosen} />
        <Groups groups={groupsOf(shown, choice)} current={current} onChoose={chosen} />
      </nav>
    </details>
  );
}

interface ListProps {
  current: Example | undefined;
  onChoose: (example: Example) => void;
}

/** The story in steps, whoever is signed in: it needs them all. Folded away until somebody follows it. */
function Guide({ current, onChoose }: ListProps) {
  const followed = current !== undefined && guide.includes(current);
  return (
    <details className="guide" open={followed || undefined}>
      <summary>{texts.explore.guide}</summary>
      <p className="quiet">{texts.explore.guideWhat}</p>
      <ol>
        {guide.map((step) => (
          <Entry key={step.id} example={step} current={current} onChoose={onChoose} />
        ))}
      </ol>
    </details>
  );
}

function Entry({ example, current, onChoose }: ListProps & { example: Example }) {
  return (
    <li>
      <a
        href={addressOf('explore', example.id)}
        aria-current={example === current ? 'true' : undefined}
        data-example={example.id}
        onClick={() => onChoose(example)}
      >
        {example.title}
      </a>
    </li>
  );
}

interface GroupsProps extends ListProps {
  groups: [string, Example[]][];
}

function Groups({ groups, current, onChoose }: GroupsProps) {
  return groups.map(([title, members]) => (
    <section key={title}>
      <h2>{title}</h2>
      <ul>
        {members.map((example) => (
          <Entry key={example.id} example={example} current={current} onChoose={onChoose} />
        ))}
      </ul>
    </section>
  ));
}

/** What means something to several roles comes first, under a title of its own. */
function groupsOf(shown: readonly Example[], choice: Role | 'all'): [string, Example[]][] {
  const roles = choice === 'all' ? ROLES : [choice];
  const groups: [string, Example[]][] = [
    [texts.explore.allRoles, shown.filter((example) => example.roles.length > 1)],
    ...roles.map((role): [string, Example[]] => [
      texts.roles[role],
      shown.filter((example) => example.roles.length === 1 && example.roles[0] === role),
    ]),
  ];
  return groups.filter(([, members]) => members.length > 0);
}
