/**
 * The adversarial suite's runner: `hostile(title, cases)` in a test file runs each case through the whole product (lock, build,
 * sandbox, broker, manager, real processes), with one innocent `bystander` and one `victim` with secrets in the same process.
 *
 * - A case is data (case.ts): a plugin's source, its config, permissions and limits, and `expect`, what a correct host does.
 *   `attack` is the body of an async method with `context` (PluginContext) and `world` (case.ts) in scope. The convention:
 *   it returns the list of what it achieved, so that `answers: []` is a wall that held. `act` replaces the default of load,
 *   start, call; `loadBeside` (run-case.ts) is its first half.
 * - Beside each case stand the oracles, which a case cannot switch off: no canary leaks through answers, errors, logs, events,
 *   the audit, or what was given to `arena.note` (tell it what your servers received); no file changes outside its own
 *   folder; the bystander is never wrong and is out at most 2 s; the host's event loop is delayed by less than 250 ms (what the kernel
 *   kept its thread waiting is not counted); the host holds less than 100 MiB more; its prototypes stay; `expect.denied` is
 *   audited; nobody but the attacker is blamed or restarted (`expect.ends: 'process'` allows that the others are moved); it
 *   can be unloaded. After the last case the manager closes, and nothing of it may be left within 5 s.
 * - `setup` runs first, for servers: its `facts` (ports, …) reach `permissions: (world) => …`, `config` and the attack itself.
 * - `control` (control.ts) runs the same source as a mere `import()` and demands that the attack works there.
 * - oracles.test.ts breaks each oracle on purpose: add to it when you add one.
 *
 * A case that needs no arena of its own belongs into an existing table: managers are what costs. Run one table alone with
 * `npx vitest run test/hostile/<table>`.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostService } from '../../src/capabilities/types.ts';
import { attackerOf, createArena, type Arena } from './arena.ts';
import { BystanderWatch } from './bystander.ts';
import type { HostileCase, World } from './case.ts';
import { controlProblems } from './control.ts';
import { HostWatch } from './host-watch.ts';
import { Leftovers } from './leftovers.ts';
import { runCase, type Watches } from './run-case.ts';

export type { HostileCase, World } from './case.ts';

export interface HostileOptions {
  /** Host services, by name. */
  readonly services?: Readonly<Record<string, HostService>>;
  /** Starts what the attacks talk to. `close` runs before the last oracle looks for leftovers. */
  readonly setup?: () => Promise<{
    facts?: World['facts'];
    services?: HostileOptions['services'];
    close?: () => Promise<void>;
  }>;
}

export function hostile(title: string, cases: readonly HostileCase[], options: HostileOptions = {}): void {
  describe(title, () => {
    let arena: Arena;
    let watches: Watches;
    let leftovers: Leftovers;
    let close: (() => Promise<void>) | undefined;

    beforeAll(async () => {
      leftovers = new Leftovers();
      const given = (await options.setup?.()) ?? {};
      close = given.close;
      arena = await createArena({
        cases,
        services: { ...options.services, ...given.services },
        ...(given.facts === undefined ? {} : { facts: given.facts }),
      });
      watches = { host: new HostWatch(), bystander: new BystanderWatch(arena.manager) };
    }, 120_000);

    afterAll(async () => {
      const pids = arena.manager.processes().map(({ pid }) => pid);

      await arena.close();
      await close?.();
      expect(await leftovers.settled(pids)).toEqual([]);
    }, 60_000);

    test.each(cases.map((item, index) => [item.name, item, attackerOf(index)] as const))(
      '%s',
      async (_name, item, attacker) => {
        expect(await runCase(arena, watches, item, attacker)).toEqual([]);
      },
    );

    const controls = cases.filter(({ control }) => control !== undefined);
    if (controls.length === 0) return;
    test.concurrent.each(controls.map((item) => [item.name, item] as const))(
      'control: what %s does where nothing stops it',
      async (_name, item) => {
        expect(await controlProblems(item)).toEqual([]);
      },
    );
  });
}
