/**
 * What GraphiQL may remember between visits: tabs and history, without secrets.
 *
 * Somebody who tries `signIn` or `refreshSession` types a password or a token into the editors, and GraphiQL keeps
 * the editors' text. Their values are cut out on the way to the browser's storage.
 */

/** GraphiQL's own prefix; what others keep in the same storage is none of our business. */
const NAMESPACE = 'graphiql:';

/**
 * A secret's name and its value, in whatever notation: GraphQL (`password: "…"`), JSON (`"password": "…"`), or JSON
 * within JSON, as GraphiQL stores its tabs (`\"password\": \"…\"`). The value ends at a quote with exactly as many
 * backslashes as the one it began with; where that is in doubt, rather too much is cut than too little.
 */
const SECRET = /((?:password|accessToken|refreshToken|authorization)(?:\\*")?\s*:\s*(\\*)")(?:(?!(?<!\\)\2").)*/gis;

export function withoutSecrets(text: string): string {
  return text.replace(SECRET, '$1');
}

type GraphiQLStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'clear' | 'length'>;

export function discreetStorage(storage: Storage): GraphiQLStorage {
  const own = (): string[] => Object.keys(storage).filter((key) => key.startsWith(NAMESPACE));
  return {
    getItem: (key) => storage.getItem(key),
    setItem: (key, value) => storage.setItem(key, withoutSecrets(value)),
    removeItem: (key) => storage.removeItem(key),
    clear: () => own().forEach((key) => storage.removeItem(key)),
    get length() {
      return own().length;
    },
  };
}
