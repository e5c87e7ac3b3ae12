// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "../../contracts/interfaces/IDepository.sol";
import {Authorization, IGate, Permit, SignedDeposit} from "../../contracts/interfaces/IGate.sol";
import {ISignedTransfers} from "../../contracts/interfaces/ISignedTransfers.sol";
import {FeeToken} from "../../contracts/mocks/FeeToken.sol";
import {SignedToken} from "../../contracts/mocks/SignedToken.sol";
import {EntityId, TokenId} from "../../contracts/types/Ids.sol";
import {GateWorld} from "./support/GateWorld.sol";
import {Log, Logs} from "./support/Logs.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @title GateSigned
/// @notice ERC-20 deposits that somebody relays: whoever does, they are for whom their owner said.
/// @dev `right.wallet` owns the tokens and signs; the test relays; `stranger` is who would like to have them.
contract GateSigned is GateWorld {
    SignedToken private _token;
    TokenId private _id;

    function setUp() public {
        _createGateWorld();
        _token = new SignedToken();
        _id = _erc20(address(_token));
        _token.mint(right.wallet, 100);
    }

    // ─── EIP-2612 with the owner's word ─────────────────────────────────────────────────────────

    function test_permit_credits_whomTheOwnerSaid() public {
        SignedDeposit memory item = _item(left.id, 30);
        Logs.start();
        gate.depositWithPermit(item, _permit(30), _signItem(item));
        Log[] memory signed = Logs.take(IGate.DepositSigned.selector);
        assert(signed.length == 1 && abi.decode(signed[0].data, (uint256)) == 0);
        assert(_has(left, _id) == 30 && _token.balanceOf(right.wallet) == 70);
        assert(gate.depositNonceOf(right.wallet) == 1);
    }

    /// @dev Whoever sees a permit on its way can use it: that must neither pay him nor stop the deposit.
    function test_permit_usedAlready_isNoError() public {
        SignedDeposit memory item = _item(left.id, 30);
        Permit memory permit = _permit(30);
        _token.permit(
            right.wallet,
            address(depository),
            permit.amount,
            permit.deadline,
            permit.v,
            permit.r,
            permit.s
        );
        bytes memory failed = abi.encodeWithSelector(
            IDepository.TransferFailed.selector,
            _id,
            address(depository),
            30
        );
        vm.prank(stranger.wallet);
        vm.expectRevert(failed);
        depository.deposit(stranger.id, _id, 30);

        gate.depositWithPermit(item, permit, _signItem(item));
        assert(_has(left, _id) == 30 && _has(stranger, _id) == 0);
    }

    function test_permit_isNotNeeded_withAnAllowance() public {
        vm.prank(right.wallet);
        _token.approve(address(depository), 30);
        SignedDeposit memory item = _item(left.id, 30);
        Permit memory none;
        gate.depositWithPermit(item, none, _signItem(item));
        assert(_has(left, _id) == 30);
    }

    function test_permit_reverts_whenItGivesTooLittle() public {
        SignedDeposit memory item = _item(left.id, 30);
        bytes memory signature = _signItem(item);
        Permit memory permit = _permit(29);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDepository.TransferFailed.selector,
                _id,
                address(depository),
                30
            )
        );
        gate.depositWithPermit(item, permit, signature);
        assert(gate.depositNonceOf(right.wallet) == 0);
    }

    function test_permit_creditsNobodyElse() public {
        SignedDeposit memory item = _item(left.id, 30);
        bytes memory signature = _signItem(item);
        item.entity = stranger.id;
        _refused(item, signature);
        item = _item(left.id, 30);
        item.amount = 31;
        _refused(item, signature);
        item = _item(left.id, 30);
        item.token = tokenId;
        _refused(item, signature);
        item = _item(left.id, 30);
        item.deadline += 1;
        _refused(item, signature);
        item = _item(left.id, 30);
        item.owner = stranger.wallet;
        _refused(item, signature);
        item.owner = address(0);
        _refused(item, new bytes(65));
    }

    function test_permit_refusesOtherFormsOfTheSignature() public {
        SignedDeposit memory item = _item(left.id, 30);
        bytes memory signature = _signItem(item);
        _refused(item, Signing.malleated(right.key, _digest(item)));
        _refused(item, bytes.concat(signature, hex"00"));
        _refused(item, "");
    }

    function test_permit_countsOnce() public {
        vm.prank(right.wallet);
        _token.approve(address(depository), 100);
        SignedDeposit memory item = _item(left.id, 30);
        bytes memory signature = _signItem(item);
        Permit memory none;
        gate.depositWithPermit(item, none, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IGate.DepositNonceWrong.selector, right.wallet, 0, 1)
        );
        gate.depositWithPermit(item, none, signature);
        assert(_has(left, _id) == 30);
    }

    function test_permit_expires() public {
        SignedDeposit memory item = _item(left.id, 30);
        Permit memory permit = _permit(30);
        bytes memory signature = _signItem(item);
        vm.warp(item.deadline);
        gate.depositWithPermit(item, permit, signature);

        item = _item(left.id, 30);
        signature = _signItem(item);
        vm.warp(item.deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IGate.DepositExpired.selector, item.deadline, item.deadline + 1)
        );
        gate.depositWithPermit(item, permit, signature);
    }

    function test_permit_isForErc20Only() public {
        Permit memory none;
        SignedDeposit memory item = _item(left.id, 1);
        TokenId[2] memory others = [TokenId.wrap(0), _art(7)];
        for (uint256 i; i < 2; ++i) {
            item.token = others[i];
            bytes memory signature = _signItem(item);
            vm.expectRevert(abi.encodeWithSelector(IDepository.TokenInvalid.selector, others[i]));
            gate.depositWithPermit(item, none, signature);
        }
    }

    function test_permit_creditsWhatArrived() public {
        FeeToken fee = new FeeToken();
        fee.mint(right.wallet, 100);
        vm.prank(right.wallet);
        fee.approve(address(depository), 100);
        SignedDeposit memory item = _item(left.id, 100);
        item.token = _erc20(address(fee));
        Permit memory none;
        gate.depositWithPermit(item, none, _signItem(item));
        assert(_has(left, item.token) == 99);
    }

    // ─── ERC-3009 ───────────────────────────────────────────────────────────────────────────────

    function test_authorization_credits_whomItsNonceNames() public {
        gate.depositWithAuthorization(_authorization(left.id, 30, "salt"));
        assert(_has(left, _id) == 30 && _token.balanceOf(right.wallet) == 70);
        gate.depositWithAuthorization(_authorization(left.id, 30, "other salt"));
        assert(_has(left, _id) == 60);
    }

    function test_authorization_creditsNobodyElse() public {
        Authorization memory item = _authorization(left.id, 30, "salt");
        item.entity = stranger.id;
        _fails(item);
        item = _authorization(left.id, 30, "salt");
        item.salt = "other";
        _fails(item);
        item = _authorization(left.id, 30, "salt");
        item.amount = 31;
        _fails(item);
    }

    /// @dev It names the Depository, which uses it at the Gate's word alone.
    function test_authorization_cannotBeUsedElsewhere() public {
        Authorization memory item = _authorization(left.id, 30, "salt");
        bytes memory call = bytes.concat(
            ISignedTransfers.receiveWithAuthorization.selector,
            abi.encode(item.owner, depository, item.amount, item.validAfter, item.validBefore),
            abi.encode(keccak256(abi.encode(left.id, item.salt)), item.v, item.r, item.s)
        );
        vm.prank(stranger.wallet);
        (bool ok, ) = address(_token).call(call);
        assert(!ok);
    }

    function test_authorization_countsOnce_andInItsTime() public {
        Authorization memory item = _authorization(left.id, 30, "salt");
        vm.warp(item.validBefore);
        _fails(item);
        vm.warp(item.validAfter + 1);
        gate.depositWithAuthorization(item);
        _fails(item);
        assert(_has(left, _id) == 30);
    }

    /// @dev A token without the function may answer it silently, by doing nothing.
    function test_authorization_creditsNothing_whenNothingMoves() public {
        Silent silent = new Silent();
        Authorization memory item = _authorization(left.id, 30, "salt");
        item.token = _erc20(address(silent));
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.NothingArrived.selector, item.token, 30)
        );
        gate.depositWithAuthorization(item);
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _item(EntityId entity, uint256 amount) private view returns (SignedDeposit memory) {
        return
            SignedDeposit({
                owner: right.wallet,
                entity: entity,
                token: _id,
                amount: amount,
                nonce: gate.depositNonceOf(right.wallet),
                deadline: block.timestamp + 900
            });
    }

    function _structHash(SignedDeposit memory item) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256(
                        "Deposit(bytes32 entity,bytes32 token,uint256 amount,uint256 nonce,uint256 deadline)"
                    ),
                    item.entity,
                    item.token,
                    item.amount,
                    item.nonce,
                    item.deadline
                )
            );
    }

    function _digest(SignedDeposit memory item) private view returns (bytes32) {
        return
            keccak256(abi.encodePacked(hex"1901", depository.domainSeparator(), _structHash(item)));
    }

    function _signItem(SignedDeposit memory item) private view returns (bytes memory) {
        return _sign(right, _structHash(item));
    }

    function _permit(uint256 amount) private view returns (Permit memory permit) {
        uint256 deadline = block.timestamp + 9_000;
        bytes32 structHash = keccak256(
            abi.encode(
                _token.PERMIT_TYPEHASH(),
                right.wallet,
                address(depository),
                amount,
                _token.nonces(right.wallet),
                deadline
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(right.key, _token.digestOf(structHash));
        return Permit(amount, deadline, v, r, s);
    }

    function _authorization(
        EntityId entity,
        uint256 amount,
        bytes32 salt
    ) private view returns (Authorization memory item) {
        item.owner = right.wallet;
        (item.entity, item.token, item.amount, item.salt) = (entity, _id, amount, salt);
        (item.validAfter, item.validBefore) = (block.timestamp - 1, block.timestamp + 900);
        bytes32 structHash = keccak256(
            abi.encode(
                _token.RECEIVE_TYPEHASH(),
                item.owner,
                address(depository),
                amount,
                item.validAfter,
                item.validBefore,
                keccak256(abi.encode(entity, salt))
            )
        );
        (item.v, item.r, item.s) = vm.sign(right.key, _token.digestOf(structHash));
    }

    function _refused(SignedDeposit memory item, bytes memory signature) private {
        Permit memory none;
        vm.expectRevert(
            abi.encodeWithSelector(
                IGate.DepositSignatureInvalid.selector,
                item.owner,
                _digest(item)
            )
        );
        gate.depositWithPermit(item, none, signature);
    }

    function _fails(Authorization memory item) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IDepository.TransferFailed.selector,
                _id,
                address(depository),
                item.amount
            )
        );
        gate.depositWithAuthorization(item);
    }
}

/// @notice Answers every call, and does nothing.
contract Silent {
    function balanceOf(address) external pure returns (uint256) {
        return 7;
    }

    fallback() external {}
}
