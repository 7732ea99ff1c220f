import { buffer } from 'node:stream/consumers';
import type { Dossier } from './dossier.ts';
import { factList, footers, ink, letterhead, newPaper, sheet, write, type Document, type Issue } from '../paper.ts';

const columns = [
  { name: 'Time (UTC)', x: sheet.left + 4 },
  { name: 'Latitude', x: 180 },
  { name: 'Longitude', x: 265 },
  { name: 'km/h', x: 350 },
  { name: 'Ignition', x: 410 },
  { name: '', x: 470 },
] as const;
const ROW = 13;

/** The dossier of a theft as PDF, for the police. */
export async function renderDossier(dossier: Dossier, issue: Issue): Promise<Buffer> {
  const doc = newPaper(`Theft dossier ${dossier.lease}`, issue.issuedAt);
  const written = buffer(doc);
  letterhead(doc, 'Theft dossier', 'For the police: the vehicle, who had it, whose it is, and where it was', issue);
  const end = factList(doc, factsOf(dossier), 114);
  positionsTable(doc, dossier, end + 16);
  footers(doc, `Theft dossier ${dossier.lease}`, issue);
  doc.end();
  return written;
}

const time = (iso: string | null) => (iso === null ? 'not known' : iso.slice(0, 16).replace('T', ' '));

function factsOf({ lease, theft, vehicle, holder, ownership }: Dossier): (readonly [string, string])[] {
  const paper = holder.identityDocument;
  return [
    ['Stolen (UTC)', time(theft.stolenAt)],
    ['Reported (UTC)', time(theft.reportedAt)],
    ['Found (UTC)', theft.recoveredAt === null ? 'not yet' : time(theft.recoveredAt)],
    ['Police reference', theft.policeReference ?? 'none yet'],
    ['Vehicle', `${vehicle.make} ${vehicle.model} ${vehicle.year}, ${vehicle.type}`],
    ['Registration', vehicle.registration],
    ['VIN', vehicle.vin],
    ['Owner', `${ownership.owner}; ${ownership.paidPercent} % are paid`],
    ['Lease', `${lease}, signed ${time(ownership.agreementSignedAt)}`],
    ['Handed over (UTC)', time(ownership.handedOverAt)],
    ['Held by', holder.name],
    ['Phone', holder.phone ?? 'not known'],
    ['Identity', paper === null ? 'not checked' : `${paper.type} ${paper.number}, ${paper.country}`],
  ];
}

function positionsTable(doc: Document, { positions, morePositions }: Dossier, begin: number): void {
  const heading = `${positions.length} positions${morePositions ? ', and older ones that are not in here' : ''}`;
  write(doc, heading, sheet.left, begin, { size: 11, bold: true });
  let y = tableHead(doc, begin + 18);
  for (const { ts, lat, lon, speedKph, ignition, suspect } of positions) {
    if (y + ROW > sheet.bottom) {
      doc.addPage();
      y = tableHead(doc, sheet.top);
    }
    const cells = [
      ts.slice(0, 19).replace('T', ' '),
      lat.toFixed(6),
      lon.toFixed(6),
      speedKph === null ? '' : speedKph.toFixed(0),
      ignition === null ? '' : ignition ? 'on' : 'off',
      suspect ? 'doubtful' : '',
    ];
    for (const [i, { x }] of columns.entries()) write(doc, cells[i] ?? '', x, y + 3, { size: 8 });
    y += ROW;
  }
}

function tableHead(doc: Document, y: number): number {
  doc.rect(sheet.left, y, sheet.right - sheet.left, 16).fill(ink.accent);
  for (const { name, x } of columns) write(doc, name, x, y + 4.5, { size: 8, bold: true, color: '#ffffff' });
  return y + 16;
}
