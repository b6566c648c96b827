// Stores an output where keys, or statistics, are kept.

import HBMSim

func program(
  _ core: borrowing Core, _ Oi: borrowing Tile<Queries, ValueFeatures>,
  _ K: HBMBlock<Keys, Features>, _ l: HBMBlock<Queries, One>
) {
  core.store(Oi, to: K)
  // expected-error@-1 {{to expected argument type 'HBMBlock<Queries, ValueFeatures>'}}
  // expected-note@-2 {{'Rows' ('Keys' and 'Queries') are expected to be equal}}
  // expected-note@-3 {{'Columns' ('Features' and 'ValueFeatures') are expected to be equal}}

  core.store(Oi, to: l)
  // expected-error@-1 {{to expected argument type 'HBMBlock<Queries, ValueFeatures>'}}
  // expected-note@-2 {{'Columns' ('One' and 'ValueFeatures') are expected to be equal}}
}
