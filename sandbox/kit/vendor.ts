/** What a vendor can be told to do wrong inside a call that it answers with success. */
export type VendorAction = 'lose-members' | 'drop-members';

export interface VendorFault {
  readonly action: VendorAction;
  /** Set by the vendor when anything came out differently; else the fault did not strike. */
  hadEffect: boolean;
}

/** One call as a simulated vendor sees it. */
export interface SimRequest {
  method: string;
  /** Path as sent, still percent-encoded. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  /** Parsed JSON; `undefined` when there is none, and also when `rawBody` is not well-formed JSON. */
  body: unknown;
  rawBody: string;
  /** `http://127.0.0.1:port` of this simulator, for absolute links. */
  origin: string;
  /** The simulator's clock, epoch milliseconds. */
  now: number;
  /** Calls being answered at this moment, this one included. */
  inFlight: number;
  /** A fault that strikes inside the vendor. */
  fault?: VendorFault;
}

/** A string body is sent as it is, anything else as JSON. No body means an empty answer. */
export interface SimResponse {
  status: number;
  headers?: Record<string, string | string[]>;
  body?: unknown;
  /** The answer proper, where the vendor has to make a call of its own first. */
  later?: Promise<SimResponse>;
}

/** What a path is about, for the request log. */
export interface RouteDescription {
  /** Path with ids replaced, such as `/api/v1/users/:id`. */
  template: string;
  /** The ids (or logins) that were replaced. */
  subjects: string[];
}

/** A simulated product: state and behaviour, without HTTP. */
export interface Vendor {
  readonly name: string;
  /** Switches for unconfirmed behaviours and limits, changed through the control server. */
  settings: Record<string, unknown>;
  handle(request: SimRequest): SimResponse;
  /** Ends what it does beside answering calls. */
  close?(): void;
  /** The whole state as plain JSON, for the state file and for oracles. */
  dump(): unknown;
  /** Takes over what an earlier `dump` gave. */
  restore(state: unknown): void;
  /** Replaces the state by a deterministic population; returns a summary. Throws `SandboxError` on bad options. */
  seed(options: Record<string, unknown>, now: number): unknown;
  /** Control-only operations below `/:sim/`; `path` is without that prefix. `undefined`: no such operation. */
  control?(request: SimRequest): SimResponse | undefined;
  /** Lines such as `POST /users/:id/status {status}` for the control server's list of routes. */
  readonly controlRoutes?: readonly string[];
  /** Where it knows better than the general guess which path segments are ids. */
  route?(path: string): RouteDescription | undefined;
  /** The faults inside a call that it knows. */
  readonly faultActions?: readonly VendorAction[];
  /** The vendor's own wording for a status that a fault injects (body and usual headers). */
  faultAnswer?(status: number, request: SimRequest): SimResponse;
}

/** Raised when somebody operates the sandbox wrongly; answered by the control server as `{error, where}`. */
export class SandboxError extends Error {
  readonly status: number;
  readonly where: string;
  constructor(message: string, where: string, status = 400) {
    super(message);
    this.name = 'SandboxError';
    this.where = where;
    this.status = status;
  }
}
