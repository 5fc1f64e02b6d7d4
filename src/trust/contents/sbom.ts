import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { printable } from '../../core/text.ts';
import type { Inventory, Part } from './types.ts';

export interface SbomPlugin {
  readonly inventory: Inventory;
  readonly description: string;
  readonly author: string;
  readonly license: string;
  /** Its identity in the lock. */
  readonly integrity: string;
}

export interface SbomOptions {
  /** What all of them are part of; a single plugin is its own subject. */
  readonly subject: string;
  /** Name and version of this program. */
  readonly tool: { readonly name: string; readonly version: string };
  /** When it was made; undefined: the document does not say, and is the same whenever it is made. */
  readonly timestamp?: Date;
}

/** A CycloneDX 1.6 document in JSON. The same plugins give the same text. */
export function sbomOf(plugins: readonly SbomPlugin[], options: SbomOptions): string {
  const bom = new Models.Bom();
  const { name, version } = options.tool;
  bom.metadata.tools.components.add(new Models.Component(Enums.ComponentType.Application, name, { version }));
  if (options.timestamp !== undefined) bom.metadata.timestamp = options.timestamp;

  const components = new Map<string, Models.Component>();
  const drafts = plugins.map((plugin) => ({ plugin, self: pluginComponent(plugin) }));
  for (const { plugin } of drafts) {
    for (const part of plugin.inventory.parts) {
      const known = components.get(part.purl);
      if (known === undefined) components.set(part.purl, partComponent(part));
      else if (part.included) known.scope = Enums.ComponentScope.Required;
    }
  }
  for (const { plugin, self } of drafts) {
    connect(self, plugin.inventory.self, components);
    for (const part of plugin.inventory.parts) connect(components.get(part.purl), part, components);
  }
  for (const component of components.values()) bom.components.add(component);
  const [only, ...others] = drafts;
  if (only !== undefined && others.length === 0) bom.metadata.component = only.self;
  else {
    const subject = new Models.Component(Enums.ComponentType.Application, options.subject, { bomRef: options.subject });
    for (const { self } of drafts) {
      bom.components.add(self);
      subject.dependencies.add(self.bomRef);
    }
    bom.metadata.component = subject;
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function pluginComponent({ inventory, description, author, license, integrity }: SbomPlugin): Models.Component {
  const { plugin, self, gaps } = inventory;
  const component = new Models.Component(Enums.ComponentType.Application, shown(self.name), {
    bomRef: `plugin:${plugin}`,
    ...described(self),
    ...(description === '' ? {} : { description: shown(description) }),
    ...(author === '' ? {} : { author: shown(author) }),
  });
  if (license !== '') component.licenses.add(new Models.NamedLicense(shown(license)));
  property(component, 'integrity', integrity);
  for (const { id, why } of gaps) property(component, 'unknown', `${id}: ${why}`);
  for (const { id, digest } of self.modules) {
    const file = new Models.Component(Enums.ComponentType.File, shown(id), { bomRef: `plugin:${plugin}#${id}` });
    if (digest !== undefined) file.hashes.set(Enums.HashAlgorithm['SHA-256'], digest.slice('sha256:'.length));
    component.components.add(file);
  }
  return component;
}

function partComponent(part: Part): Models.Component {
  const component = new Models.Component(Enums.ComponentType.Library, shown(part.name), {
    bomRef: part.purl,
    ...described(part),
    scope: part.included ? Enums.ComponentScope.Required : Enums.ComponentScope.Excluded,
  });
  property(component, 'origin', part.origin);
  if (part.inferred) property(component, 'inferred', 'true');
  const [only, ...others] = part.modules;
  if (part.origin === 'url' && only?.digest !== undefined && others.length === 0) {
    component.hashes.set(Enums.HashAlgorithm['SHA-256'], only.digest.slice('sha256:'.length));
  }
  return component;
}

function described({ purl, version, integrity }: Part): Models.OptionalComponentProperties {
  const hashes = new Models.HashDictionary();
  const sum = /^sha512-(.+)$/.exec(integrity ?? '')?.[1];
  if (sum !== undefined) hashes.set(Enums.HashAlgorithm['SHA-512'], Buffer.from(sum, 'base64').toString('hex'));
  return { purl, hashes, ...(version === undefined ? {} : { version: shown(version) }) };
}

function connect(
  component: Models.Component | undefined,
  { dependsOn }: Part,
  components: ReadonlyMap<string, Models.Component>,
): void {
  for (const purl of dependsOn) {
    const other = components.get(purl);
    if (other !== undefined) component?.dependencies.add(other.bomRef);
  }
}

function property(component: Models.Component, name: string, value: string): void {
  component.properties.add(new Models.Property(`aitbc:${name}`, shown(value)));
}

/** Names and texts are the plugin's: what a terminal acts on is escaped. */
function shown(text: string): string {
  return printable(text, { max: 2_000 });
}
