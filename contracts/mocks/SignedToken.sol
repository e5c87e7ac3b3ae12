// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @title SignedToken
/// @notice An ERC-20 with EIP-2612 permits and ERC-3009 authorizations.
contract SignedToken is TestToken("Signed", "SIGN") {
    error SignatureWrong();
    error AuthorizationUsed();

    bytes32 public constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    bytes32 public constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,"
        "uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );

    mapping(address owner => uint256) public nonces;
    mapping(address owner => mapping(bytes32 nonce => bool)) public authorizationState;

    function permit(
        address owner,
        address spender,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        require(block.timestamp <= deadline, SignatureWrong());
        bytes32 structHash = keccak256(
            abi.encode(PERMIT_TYPEHASH, owner, spender, amount, nonces[owner]++, deadline)
        );
        _check(owner, structHash, v, r, s);
        allowance[owner][spender] = amount;
    }

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
    ) external {
        require(to == msg.sender, SignatureWrong());
        require(block.timestamp > validAfter && block.timestamp < validBefore, SignatureWrong());
        require(!authorizationState[from][nonce], AuthorizationUsed());
        authorizationState[from][nonce] = true;
        bytes memory head = abi.encode(RECEIVE_TYPEHASH, from, to, amount, validAfter);
        _check(from, keccak256(bytes.concat(head, abi.encode(validBefore, nonce))), v, r, s);
        _move(from, to, amount);
    }

    /// @notice What is signed for a struct with this EIP-712 hash.
    function digestOf(bytes32 structHash) public view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(uint256 chainId,address verifyingContract)"),
                block.chainid,
                address(this)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _check(address owner, bytes32 structHash, uint8 v, bytes32 r, bytes32 s) private view {
        address signer = ecrecover(digestOf(structHash), v, r, s);
        require(signer != address(0) && signer == owner, SignatureWrong());
    }
}
