// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Eip712Domain
/// @notice The EIP-712 domain of the contract that inherits it: a name, version "1", chain and address.
/// @dev The separator is kept in the code. After a fork of the chain, the branch with the new chain
/// id computes it anew, so that what was signed for one branch is worth nothing on the other.
abstract contract Eip712Domain {
    bytes32 private constant _DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant _VERSION_HASH = keccak256("1");

    bytes32 private immutable _NAME_HASH;
    bytes32 private immutable _SEPARATOR;
    uint256 private immutable _CHAIN_ID;

    constructor(string memory name) {
        _NAME_HASH = keccak256(bytes(name));
        _CHAIN_ID = block.chainid;
        _SEPARATOR = _separatorFor(keccak256(bytes(name)));
    }

    function _domainSeparator() internal view returns (bytes32) {
        return block.chainid == _CHAIN_ID ? _SEPARATOR : _separatorFor(_NAME_HASH);
    }

    /// @notice What is signed for a struct with this EIP-712 hash.
    function _typedDigest(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", _domainSeparator(), structHash));
    }

    function _separatorFor(bytes32 nameHash) private view returns (bytes32) {
        return
            keccak256(
                abi.encode(_DOMAIN_TYPEHASH, nameHash, _VERSION_HASH, block.chainid, address(this))
            );
    }
}
