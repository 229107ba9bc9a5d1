/* A second question about the lens is asked anew when the first one's answer is of a later position: one subscription serves both. */
import { useEffect, useRef } from 'react';

export function useRefreshed(own: number | undefined, first: number | undefined, fetching: boolean, wanted: boolean, refresh: () => void): void {
  const asked = useRef(0);
  useEffect(() => {
    if (!wanted || own === undefined || first === undefined || fetching || own >= first || asked.current >= first) return;
    asked.current = first;
    refresh();
  }, [own, first, fetching, wanted, refresh]);
}
