// Reads elements where they lie, in HBM.

import HBMSim

func program(_ Q: HBMMatrix<Queries, Features>, _ Qi: HBMBlock<Queries, Features>) {
  _ = Q[0]  // expected-error {{'HBMMatrix<Queries, Features>' has no subscripts}}
  _ = Q.tensor  // expected-error {{'tensor' is inaccessible due to 'internal' protection level}}
  // expected-error@+1 {{'elements' is inaccessible due to 'internal' protection level}}
  _ = Qi.elements
}
