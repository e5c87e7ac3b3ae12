// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ISignedTransfers
/// @notice What the {IGate} needs of an ERC-20 that takes signatures: EIP-2612 and ERC-3009.
interface ISignedTransfers {
    function permit(
        address owner,
        address spender,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
}
