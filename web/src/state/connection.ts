/* Whether updates reach this page. Only the socket (data/client.ts) writes it. */
import { create } from 'zustand';

export type ConnectionState = 'idle' | 'connecting' | 'live' | 'lost';

interface Connection {
  readonly state: ConnectionState;
  readonly set: (state: ConnectionState) => void;
}

export const useConnection = create<Connection>()((set) => ({
  state: 'idle',
  set: (state) => set({ state }),
}));
