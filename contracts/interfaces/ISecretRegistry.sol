// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ISecretRegistry
/// @notice Where a secret is made public, once and for all, with its time.
interface ISecretRegistry {
    /// @notice A secret is public from now on.
    event SecretRevealed(bytes32 indexed hashlock, bytes32 secret, uint64 revealedAt);

    /// @notice Publishes a secret and keeps the time of the first reveal. Repeating changes nothing.
    function revealSecret(bytes32 secret) external;

    /// @notice When the secret of `hashlock` was first revealed, unix seconds; 0 if never.
    function revealedAt(bytes32 hashlock) external view returns (uint64);
}
