/** Where the server's doors are, seen from the page: relative, so that a path added by a reverse proxy is kept. */
function beside(path: string): URL {
  return new URL(path, document.baseURI);
}

function socketUrl(): string {
  const url = beside('graphql');
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

export const endpoints = {
  graphql: beside('graphql').href,
  socket: socketUrl(),
  config: beside('playground/config.json').href,
  outbox: beside('demo/outbox').href,
} as const;
