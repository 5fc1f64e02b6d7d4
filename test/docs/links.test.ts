import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { PACKAGE_ROOT } from '../../src/core/assets.ts';

const docs = (await readdir(join(PACKAGE_ROOT, 'docs'))).filter((name) => name.endsWith('.md'));
const PAGES = ['README.md', 'SECURITY.md', 'CHANGELOG.md', ...docs.map((name) => `docs/${name}`)];

/** What GitHub makes of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const read = async (page: string): Promise<string> => readFile(join(PACKAGE_ROOT, page), 'utf8');
const anchors = (text: string): string[] =>
  [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchor(heading));
const links = (text: string): string[] =>
  [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^https?:/.test(target));

const isThere = (path: string): Promise<boolean> =>
  access(join(PACKAGE_ROOT, path)).then(
    () => true,
    () => false,
  );

test.each(PAGES)('%s links to files that are there, and to headings they have', async (page) => {
  const broken: string[] = [];
  for (const link of links(await read(page))) {
    const [path = '', heading] = link.split('#');
    const target = path === '' ? page : normalize(join(dirname(page), path));
    const works = (await isThere(target)) && (heading === undefined || anchors(await read(target)).includes(heading));
    if (!works) broken.push(link);
  }
  expect(broken).toEqual([]);
});

test('README.md leads to every page of docs/', async () => {
  const found = links(await read('README.md'));
  expect(docs.filter((name) => !found.includes(`docs/${name}`))).toEqual([]);
});

test('what hints of the source name in docs/ is there, and published', async () => {
  const { files } = JSON.parse(await read('package.json')) as { files: string[] };
  expect(files).toContain('docs');
  const sources = (await readdir(join(PACKAGE_ROOT, 'src'), { recursive: true })).filter((name) =>
    name.endsWith('.ts'),
  );
  const named = new Set<string>();
  for (const source of sources) {
    for (const [page] of (await read(`src/${source}`)).matchAll(/docs\/[a-z-]+\.md/g)) named.add(page);
  }
  expect(named.size).toBeGreaterThan(5);
  expect([...named].filter((page) => !PAGES.includes(page))).toEqual([]);
});
