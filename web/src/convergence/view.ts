/* How the lens is looked at; all of it stands in the address. */
import { useMemo } from 'react';
import { useParameter } from '../state/location';
import { type DrawnStar, endsOf, titleOf } from './model';

export interface Narrowing {
  readonly text: string;
  readonly apart: boolean; // only what is not aligned
}

export interface LensView extends Narrowing {
  readonly whole: boolean; // all nodes and links, as the server places them; else the stars
  readonly review: boolean;
  readonly setText: (text: string) => void;
  readonly setApart: (on: boolean) => void;
  readonly setWhole: (on: boolean) => void;
  readonly setReview: (on: boolean) => void;
}

export function useLensView(): LensView {
  const [text, setText] = useParameter('find');
  const [apart, setApart] = useParameter('aligned');
  const [show, setShow] = useParameter('show');
  const [review, setReview] = useParameter('review');
  return useMemo(() => ({
    text: text.toLowerCase(), apart: apart === 'no', whole: show === 'graph', review: review !== 'off', setText,
    setApart: (on) => setApart(on ? 'no' : ''), setWhole: (on) => setShow(on ? 'graph' : ''), setReview: (on) => setReview(on ? '' : 'off'),
  }), [text, apart, show, review, setText, setApart, setShow, setReview]);
}

export function starMatches(star: DrawnStar, { text, apart }: Narrowing): boolean {
  if (apart && star.star.aligned) return false;
  if (text === '') return true;
  return [titleOf(star.star), ...star.star.legs.map((one) => one.sentence), ...endsOf(star).flatMap((end) => [end.name, ...end.members.map((one) => one.name)])].some((one) => one.toLowerCase().includes(text));
}
