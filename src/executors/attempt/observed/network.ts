/** Observes uses of the network: where code asks for one, and where a socket is connected, by whatever protocol. */
import { observation } from './observation.ts';
import { source } from './source.ts';
import { observeMethod } from './replace.ts';

export interface NetworkModules {
  readonly net: { readonly Socket: { readonly prototype: object }; readonly Server: { readonly prototype: object } };
  readonly dgram: { readonly Socket: { readonly prototype: object } };
  readonly dns: { readonly promises: object; readonly Resolver: { readonly prototype: object } };
}

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443 };

export function observeNetwork({ net, dgram, dns }: NetworkModules): void {
  const observe = (owner: object, name: string, call: string, whereTo: (args: readonly unknown[]) => string): void =>
    observeMethod(owner, name, { before: (args) => observation()?.note(source('network', whereTo(args), call)) });
  // The socket of a WebSocket is observed. To read the global WebSocket takes 38 ms on Node 24, which loads it then.
  for (const name of ['fetch', 'EventSource']) observe(globalThis, name, name, addressOfRequest);
  observe(net.Socket.prototype, 'connect', 'net.Socket.connect', addressOfSocket);
  observe(net.Server.prototype, 'listen', 'net.Server.listen', () => 'a server');
  for (const name of ['send', 'connect', 'bind'])
    observe(dgram.Socket.prototype, name, `dgram.Socket.${name}`, () => 'UDP');
  for (const owner of [dns, dns.promises, dns.Resolver.prototype])
    for (const name of Object.getOwnPropertyNames(owner))
      if (/^(lookup|resolve|reverse)/.test(name)) observe(owner, name, `dns.${name}`, ([host]) => String(host));
}

/** `example.org:443`, from an address or a Request. */
function addressOfRequest([given]: readonly unknown[]): string {
  const { url } = (given ?? {}) as { readonly url?: unknown };
  const text = typeof url === 'string' ? url : String(given);
  if (!URL.canParse(text)) return text;
  const { protocol, hostname, port } = new URL(text);
  return hostname === '' ? protocol : `${hostname}:${port === '' ? String(PORTS[protocol] ?? '') : port}`;
}

/** The same from the arguments of `connect`: options, a port and a host, or the path of a local socket. */
function addressOfSocket([first, second]: readonly unknown[]): string {
  // Node passes on what it has parsed as a list.
  if (Array.isArray(first)) return addressOfSocket(first);
  const { host, port, path } =
    typeof first === 'object' && first !== null
      ? (first as Readonly<Record<string, unknown>>)
      : Number.isInteger(Number(first))
        ? { port: first, host: second, path: undefined }
        : { port: undefined, host: undefined, path: first };
  if (typeof path === 'string' && port === undefined) return path;
  return `${typeof host === 'string' ? host : 'localhost'}:${String(port)}`;
}
