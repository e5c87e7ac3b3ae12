// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What one side of a channel gave to the clauses of one proof body.
/// @param data The bytes; empty means that none were given.
/// @param committedAt The unix second in which they were committed; 0 means that none were given.
struct Arguments {
    bytes data;
    uint64 committedAt;
}

/// @title ISubcontractProvider
/// @notice A judge of clauses. Anyone can write one; a clause names its provider by address.
/// @dev A condition must be a fact that, once true, stays true with its time. The Depository calls
/// `evaluate` statically with the clause's own gas limit, and changes nothing when the call fails,
/// returns the wrong length or too much data, or oversteps an allowance.
interface ISubcontractProvider {
    /// @notice Applies `batch` to the off-chain deltas of a channel.
    /// @param deltas The `offdelta` of each token of the proof body after the earlier clauses.
    /// @param batch What both sides signed, in this provider's own encoding.
    /// @param left What left gave as arguments; `right` likewise.
    /// @return applied The deltas after this clause, the same length and order.
    /// @return pendingUntil 0 when nothing is pending; else the last unix second at which something
    /// inside may still become true.
    function evaluate(
        int256[] calldata deltas,
        bytes calldata batch,
        Arguments calldata left,
        Arguments calldata right
    ) external view returns (int256[] memory applied, uint256 pendingUntil);
}
