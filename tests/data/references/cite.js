// Writes every entry in one style with citeproc-js: node cite.js STYLE ENTRIES LOCALES, in a folder with `citeproc`.
const fs = require('fs');
const CSL = require(require.resolve('citeproc', { paths: [process.cwd()] }));
const [, , style, entries, locales] = process.argv;
const items = new Map(JSON.parse(fs.readFileSync(entries, 'utf8')).map((item) => [item.id, item]));
const system = {
  retrieveLocale: (name) => {
    const path = `${locales}/locales-${name}.xml`;
    return fs.readFileSync(fs.existsSync(path) ? path : `${locales}/locales-en-US.xml`, 'utf8');
  },
  retrieveItem: (id) => items.get(id),
};
const found = {};
for (const id of items.keys()) {
  const engine = new CSL.Engine(system, fs.readFileSync(style, 'utf8'), 'en-GB', true);
  engine.opt.development_extensions.wrap_url_and_doi = false;
  engine.setOutputFormat('html');
  engine.updateItems([id]);
  found[id] = engine.makeBibliography()[1][0];
}
console.log(JSON.stringify(found));
