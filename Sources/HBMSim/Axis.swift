/// What a dimension of a matrix stands for.
///
/// Axes exist in types alone: `Tile<Queries, Keys>` cannot be multiplied where
/// `Tile<Queries, Features>` is meant.
public protocol Axis: Sendable {}

/// The tokens that ask: rows of Q, O and S.
public enum Queries: Axis {}

/// The tokens that answer: rows of K and V, columns of S.
public enum Keys: Axis {}

/// The features that queries and keys are compared by: columns of Q and K.
public enum Features: Axis {}

/// The features of values and outputs: columns of V and O.
public enum ValueFeatures: Axis {}
