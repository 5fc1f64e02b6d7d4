import { assertNotVulnerable } from '../trust/vulnerabilities/policy.ts';
import type { Inventory } from '../trust/contents/types.ts';
import type { Assessment, VulnerabilitySource } from '../trust/vulnerabilities/types.ts';
import type { LoaderContext } from './context.ts';
import { inventories } from './inventories.ts';
import { rooms } from './rooms.ts';
import type { AuditReport, LockChange, PrepareOptions } from './types.ts';

/** Looks up what is in the programs of locked plugins. */
export async function audit(context: LoaderContext, options: PrepareOptions = {}): Promise<AuditReport> {
  const { inventories: found, refused } = await inventories(context, options);
  await using opened = await open(context);
  const assessments = await assessAll([...found.values()], opened.source, context, options.signal);
  return { assessments, refused, source: opened.source.state };
}

/**
 * The change with what is known of the vulnerabilities of what would be locked. They are looked up where the config says
 * something of them, or this machine has a database; what is not looked up is undefined, and nowhere called clean.
 */
export async function withVulnerabilities(
  change: LockChange,
  inventory: () => Promise<Inventory>,
  context: LoaderContext,
  signal: AbortSignal | undefined,
): Promise<LockChange> {
  if (change.after === undefined || change.kind === 'unchanged') return change;
  await using opened = await open(context);
  const { source } = opened;
  if (context.config.trust?.vulnerabilities === undefined && source.state.kind === 'none') return change;
  const [vulnerabilities] = await assessAll([await inventory()], source, context, signal);
  return vulnerabilities === undefined ? change : { ...change, vulnerabilities };
}

/** ERR_VULNERABLE, ERR_UNCHECKED: before anything is asked or written. */
export function assertLockable({ vulnerabilities }: LockChange, { config, logger }: LoaderContext): void {
  const policy = config.trust?.vulnerabilities;
  if (vulnerabilities === undefined || policy === undefined) return;
  assertNotVulnerable(vulnerabilities, policy);
  if (policy.block === undefined || vulnerabilities.result !== 'unchecked') return;
  const [first] = vulnerabilities.unchecked;
  logger.log('warn', 'whether a plugin is vulnerable could not be checked', {
    plugin: vulnerabilities.plugin,
    why: first?.why,
  });
}

async function assessAll(
  found: readonly Inventory[],
  source: VulnerabilitySource,
  { config }: LoaderContext,
  signal: AbortSignal | undefined,
): Promise<readonly Assessment[]> {
  const { assess } = await import('../trust/vulnerabilities/assess.ts');
  return assess(found, source, {
    ignore: config.trust?.vulnerabilities?.ignore ?? [],
    ...(signal === undefined ? {} : { signal }),
  });
}

async function open(context: LoaderContext): Promise<AsyncDisposable & { readonly source: VulnerabilitySource }> {
  const { config, offline, logger } = context;
  const { openVulnerabilitySource } = await import('../trust/vulnerabilities/source.ts');
  const source = await openVulnerabilitySource({
    config,
    offline,
    http: () => rooms.httpClient({ config: config.fetch, logger }),
  });
  return { source, [Symbol.asyncDispose]: () => source.close() };
}
