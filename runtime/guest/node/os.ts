/** All there is: a plugin knows nothing about the machine. */
export const EOL = '\n';
export default { EOL };
