/** First words that are the host's own: they win over commands of plugins. */
export const BUILT_IN: readonly string[] = ['start', 'reload', 'plugin', 'audit', 'help'];
