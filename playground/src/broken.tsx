import { Component, type ReactNode } from 'react';
import { texts } from './texts.ts';

/** Keeps a fault within the place where it happened: the header and the other places go on. */
export class Broken extends Component<{ children: ReactNode }, { fault: Error | null }> {
  override state = { fault: null as Error | null };

  static getDerivedStateFromError(fault: Error) {
    return { fault };
  }

  override render() {
    const { fault } = this.state;
    if (!fault) return this.props.children;
    return (
      <section className="notice" role="alert">
        <h1>{texts.broken.title}</h1>
        <p>{fault.message}</p>
        <button type="button" onClick={() => window.location.reload()}>
          {texts.broken.again}
        </button>
      </section>
    );
  }
}
