// nodemailer with a pool of 8: node with_nodemailer.js FOLDER PORT COUNT FILE
const fs = require("fs");
const nodemailer = require("nodemailer");

const [folder, port, count, kept] = process.argv.slice(2);
const html = fs.readFileSync(`${folder}/body.html`, "utf8");
const text = fs.readFileSync(`${folder}/body.txt`, "utf8");
const pool = nodemailer.createTransport({
  pool: true, maxConnections: 8, maxMessages: Infinity, host: "127.0.0.1", port: Number(port),
  secure: false, ignoreTLS: true,
});

function message(number) {
  const name = `Reader ${number}`, address = `reader${number}@example.org`;
  const fill = (words) => words.replaceAll("{{name}}", name).replaceAll("{{email}}", address);
  return {
    from: { name: "The link worker study", address: "news@example.org" },
    to: { name, address },
    subject: "News of the study",
    headers: { "List-Unsubscribe": `<mailto:study@example.org?subject=stop-${number}>` },
    text: fill(text),
    html: fill(html),
  };
}

async function main() {
  const begun = process.hrtime.bigint();
  let next = 0;
  // As its page advises: a new message whenever the pool is idle. Two for each connection keep it from waiting.
  const worker = async () => {
    while (next < Number(count)) await pool.sendMail(message(next++));
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  pool.close();
  fs.writeFileSync(kept, JSON.stringify({ seconds }));
}
main();
