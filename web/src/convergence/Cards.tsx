/* What is said of a star, an end or a line that is pointed at. */
import type { ReactNode } from 'react';
import { kindNames, linkWords, methodWords } from '../parts/kinds';
import { keyOfLink } from './drawing';
import { confidenceText, confidenceTone, type CrossLink, type DrawnStar, type End, endsOf, type Sky, sourceOf, targetOf, titleOf, legWords } from './model';
import { StarStateShape } from './StarState';
import { statusTone, statusWords } from '../graph/model';
import { Glyph } from '../parts/Glyph';

const LINKS_SHOWN = 2, MEMBERS_SHOWN = 5;

function LinkLines({ sky, link }: { readonly sky: Sky; readonly link: CrossLink }) {
  return (
    <>
      <p><span className={`confidence ${confidenceTone(link.confidence)}`}>{confidenceText(link.confidence)}</span> {sky.names.get(sourceOf(link)) ?? link.sourceNodeId} {linkWords[link.kind][0]} {sky.names.get(targetOf(link)) ?? link.targetNodeId}</p>
      <p className="quiet">{link.inferred ? 'inferred' : 'stated'}, {methodWords[link.method]}{link.denied ? ', denied by a person' : ''}: {link.explanation}</p>
    </>
  );
}

function StarCard({ star }: { readonly star: DrawnStar }) {
  return (
    <>
      <strong>{titleOf(star.star)}</strong>
      {star.star.legs.map((leg) => <p key={leg.leg}><StarStateShape state={leg.state} /> <strong>{legWords[leg.leg]}</strong>{leg.sentence}</p>)}
    </>
  );
}

function EndCard({ end }: { readonly end: End }) {
  const told = end.members.length > 1 || end.kind === 'BEHAVIORAL_SPEC' ? end.members : [];
  const worst = [...told].sort((a, b) => Number(statusTone[b.status] === 'bad') - Number(statusTone[a.status] === 'bad'));
  return (
    <>
      <strong>{end.name}</strong>
      <p>{kindNames[end.kind]}{told.length === 0 && end.members[0] !== undefined && `, ${statusWords[end.members[0].status]}`}</p>
      {worst.slice(0, MEMBERS_SHOWN).map((one) => <p key={one.id}><Glyph tone={statusTone[one.status]} /> {one.name}, {statusWords[one.status]}</p>)}
      {worst.length > MEMBERS_SHOWN && <p className="quiet">and {worst.length - MEMBERS_SHOWN} more scenarios</p>}
    </>
  );
}

function Carrying({ sky, links }: { readonly sky: Sky; readonly links: readonly CrossLink[] }) {
  const doubtful = [...links].sort((a, b) => a.confidence - b.confidence);
  return (
    <>
      {doubtful.slice(0, LINKS_SHOWN).map((link) => <LinkLines key={keyOfLink(link)} sky={sky} link={link} />)}
      {doubtful.length > LINKS_SHOWN && <p className="quiet">and {doubtful.length - LINKS_SHOWN} more links, as sure or surer</p>}
    </>
  );
}

export function cardFor(sky: Sky, key: string): ReactNode {
  const star = sky.stars.find((one) => one.key === key);
  if (star !== undefined) return <StarCard star={star} />;
  for (const one of sky.stars) {
    for (const end of endsOf(one)) {
      if (key === end.key) return <EndCard end={end} />;
      if (key === `leg ${one.star.starId} ${end.key}`) return <><strong>{titleOf(one.star)} – {end.name}</strong>{end.links.length === 0 ? <p className="quiet">The contract's events name it; no link is needed.</p> : <Carrying sky={sky} links={end.links} />}</>;
    }
    const gap = one.star.legs.find(({ leg }) => key.endsWith(`group:gap ${leg} ${one.star.starId}`));
    if (gap !== undefined) return <><strong>{titleOf(one.star)}</strong><p><StarStateShape state={gap.state} /> <strong>{legWords[gap.leg]}</strong>{gap.sentence}</p></>;
  }
  const link = sky.view.edges.find((one) => keyOfLink(one) === key);
  if (link !== undefined) return <LinkLines sky={sky} link={link} />;
  const node = sky.view.nodes.find((one) => `${one.kind}:${one.nodeId}` === key);
  return node === undefined ? null : <><strong>{node.name}</strong><p><Glyph tone={statusTone[node.status]} /> {kindNames[node.kind]}, {statusWords[node.status]}</p></>;
}
