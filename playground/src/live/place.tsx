/** Live: the budgets of the viewer's customers, and what happens to them. */
import './live.css';
import { usePlayground, useSessionState } from '../playground.ts';
import type { PlaceProps } from '../places.ts';
import type { Viewer } from '../session/documents.ts';
import { texts } from '../texts.ts';
import { Board } from './board.tsx';
import { LiveContext, useFollowing } from './use-live.ts';

export default function LivePlace({ visible, detail }: PlaceProps) {
  const { session, config } = usePlayground();
  const state = useSessionState(session);
  if (state.status === 'signed-out') {
    return (
      <section className="notice">
        <h1>{texts.live.title}</h1>
        <p>{texts.live.signedOut}</p>
        {config.demo && <p className="quiet">{texts.live.signedOutHint}</p>}
      </section>
    );
  }
  const { viewer } = state;
  if (viewer.account.kind === 'CUSTOMER' || !viewer.permissions.includes('customer.view')) return <NotOpen />;
  return <Following key={`${viewer.account.id} ${viewer.member.id}`} viewer={viewer} visible={visible} detail={detail} />;
}

interface FollowingProps extends PlaceProps {
  viewer: Viewer;
}

function Following({ viewer, visible, detail }: FollowingProps) {
  const live = useFollowing(viewer, visible);
  if (!live) return null;
  return (
    <LiveContext value={live}>
      <Board customerId={detail} notOpen={<NotOpen />} />
    </LiveContext>
  );
}

function NotOpen() {
  return (
    <section className="notice">
      <h1>{texts.live.title}</h1>
      <p>{texts.live.notOpen}</p>
    </section>
  );
}
